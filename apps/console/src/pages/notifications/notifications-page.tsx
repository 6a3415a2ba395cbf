import { Button, Group, Paper, Text } from '@mantine/core';
import { IconBellCheck, IconChevronRight, IconChevronsLeft, IconFilterOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { filterOf, isFiltered, type NotificationFilter, searchOf } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { NotificationTable } from './notification-table.tsx';
import { notificationList } from './queries.ts';

const route = getRouteApi('/notifications');

export function NotificationsPage() {
  const filter = filterOf(route.useSearch());
  const navigate = route.useNavigate();
  const show = (next: NotificationFilter): void => void navigate({ search: searchOf(next) });
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(notificationList(filter));
  const { cursor } = filter;
  return (
    <Page
      title="Notifications"
      about="What failed, newest first, and what became of it. New ones appear by themselves."
    >
      <FilterBar filter={filter} onChange={changed => show({ ...changed, cursor: undefined })} />
      {error && <Problem error={error} doing="Listing the notifications" retry={() => void refetch()} />}
      {data && (
        <Paper withBorder aria-busy={isFetching} opacity={isPlaceholderData ? 0.5 : 1}>
          {data.notifications.length > 0 ? (
            <NotificationTable rows={data.notifications} />
          ) : (
            <Nothing isFiltered={isFiltered(filter)} showAll={() => show({})} />
          )}
        </Paper>
      )}
      {(cursor !== undefined || data?.nextCursor != null) && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {cursor === undefined ? 'The newest' : 'Older ones'}
          </Text>
          <Group gap="xs">
            <Button
              variant="default"
              size="xs"
              leftSection={<IconChevronsLeft size={14} aria-hidden />}
              disabled={cursor === undefined}
              onClick={() => show({ ...filter, cursor: undefined })}
            >
              Newest
            </Button>
            <Button
              variant="default"
              size="xs"
              rightSection={<IconChevronRight size={14} aria-hidden />}
              disabled={data?.nextCursor == null}
              onClick={() => show({ ...filter, cursor: data?.nextCursor ?? undefined })}
            >
              Older
            </Button>
          </Group>
        </Group>
      )}
    </Page>
  );
}

function Nothing({ isFiltered, showAll }: { isFiltered: boolean; showAll: () => void }) {
  if (isFiltered)
    return (
      <Empty icon={IconFilterOff} title="No notification is like that">
        <Button variant="light" size="xs" onClick={showAll}>
          Show all
        </Button>
      </Empty>
    );
  return (
    <Empty icon={IconBellCheck} title="Nothing has failed">
      When a monitor sees a guest, a host or nova-compute fail, it is listed here within a moment. Is every
      compute host watched? The page Monitors tells.
    </Empty>
  );
}
