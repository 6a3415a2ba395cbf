import type { NotificationType } from '@instance-ha/notification';
import { Group, Text } from '@mantine/core';
import { typeIcon } from './notification-look.ts';

export function TypeWord({ type }: { type: NotificationType }) {
  const Shape = typeIcon[type];
  return (
    <Group gap={6} wrap="nowrap">
      <Shape size={16} stroke={1.7} aria-hidden />
      <Text fz={11} fw={600}>
        {type}
      </Text>
    </Group>
  );
}
