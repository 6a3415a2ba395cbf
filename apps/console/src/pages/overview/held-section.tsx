import type { HeldNotification } from '@instance-ha/contracts';
import { Group, Stack, Text } from '@mantine/core';
import { Foreign } from '../../ui/foreign.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Section } from '../../ui/section.tsx';
import { When } from '../../ui/when.tsx';

/** What waits for an operator, and why: nothing is shown where nothing does. */
export function HeldSection({ held }: { held: readonly HeldNotification[] }) {
  if (held.length === 0) return null;
  return (
    <Section title="Held: waits for an operator">
      <Stack gap={8}>
        {held.map(({ uuid, host, instanceName, why, since }) => (
          <div key={uuid}>
            <Group gap={8}>
              <PageLink to="/notifications/$uuid" params={{ uuid }} size="sm">
                <Foreign>{instanceName ?? host}</Foreign>
              </PageLink>
              <Text size="xs" c="dimmed">
                since <When at={since} />
              </Text>
            </Group>
            <Text size="sm">
              <Foreign>{why}</Foreign>
            </Text>
          </div>
        ))}
      </Stack>
    </Section>
  );
}
