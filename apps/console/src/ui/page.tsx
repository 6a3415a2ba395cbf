import { Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

type PageProps = {
  title: string;
  /** Where it stands in the dashboards of OpenStack. */
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

/** One page: its one heading, what it is for, what can be done, and the rest. */
export function Page({ title, about, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Instance HA`);
  return (
    <Stack gap="lg" maw={1600} mx="auto">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          {about !== undefined && (
            <Text c="dimmed" size="sm" mt={4}>
              {about}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
