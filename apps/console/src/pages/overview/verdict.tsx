import { Alert, Group, List } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle, IconShieldCheck } from '@tabler/icons-react';
import type { Concern } from '../../model/concerns.ts';
import { PageLink } from '../../ui/page-link.tsx';
import '@mantine/core/styles/List.css';

/** The answer in one sentence, and what stands against it. */
export function Verdict({ concerns }: { concerns: Concern[] }) {
  if (concerns.length === 0)
    return (
      <Alert
        color="teal"
        icon={<IconShieldCheck aria-hidden />}
        title="Every guest is watched, and nothing waits"
      />
    );
  const isSerious = concerns.some(({ serious }) => serious);
  return (
    <Alert
      color={isSerious ? 'red' : 'yellow'}
      icon={isSerious ? <IconAlertTriangle aria-hidden /> : <IconInfoCircle aria-hidden />}
      title={isSerious ? 'Not everything is protected' : 'Everything is watched, some of it for crashes only'}
    >
      <List size="sm" spacing={4}>
        {concerns.map(({ words, to, search }) => (
          <List.Item key={words}>
            <Group gap={6}>
              <PageLink to={to} search={search} size="sm" c="inherit" underline="always">
                {words}
              </PageLink>
            </Group>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
