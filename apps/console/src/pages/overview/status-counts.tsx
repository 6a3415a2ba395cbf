import type { NotificationSummary } from '@instance-ha/contracts';
import { notificationStatuses } from '@instance-ha/notification';
import { Group, Text } from '@mantine/core';
import { statusLook } from '../../ui/notification-look.ts';
import { Tag } from '../../ui/tag.tsx';

export const StatusCounts = ({ rows }: { rows: readonly Pick<NotificationSummary, 'status'>[] }) => (
  <Group gap="lg">
    {notificationStatuses.map(status => (
      <div key={status}>
        <Text size="xl" fw={700}>
          {rows.filter(row => row.status === status).length}
        </Text>
        <Tag look={statusLook[status]} />
      </div>
    ))}
  </Group>
);
