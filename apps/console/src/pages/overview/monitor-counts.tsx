import type { MonitorRecord } from '@instance-ha/contracts';
import { Group, Text } from '@mantine/core';
import { Tag } from '../../ui/tag.tsx';
import { monitorLook } from '../monitors/monitor-look.ts';

/** Hosts by the state of their monitors; a state that no host is in is left out. */
export function MonitorCounts({ monitors }: { monitors: readonly MonitorRecord[] }) {
  const byWord = Map.groupBy(monitors, monitor => monitorLook(monitor).word);
  if (monitors.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No monitor has reported yet.
      </Text>
    );
  return (
    <Group gap="lg">
      {[...byWord].map(([word, some]) => (
        <div key={word}>
          <Text size="xl" fw={700}>
            {some.length}
          </Text>
          {some[0] && <Tag look={monitorLook(some[0])} />}
        </div>
      ))}
    </Group>
  );
}
