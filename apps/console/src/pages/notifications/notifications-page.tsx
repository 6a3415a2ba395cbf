import { Button } from '@mantine/core';
import { IconBellCheck, IconFilterOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../ui/empty.tsx';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { filterOf, isFiltered, type NotificationFilter, searchOf } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { NotificationTable } from './notification-table.tsx';
import { notificationList } from './queries.ts';

const route = getRouteApi('/notifications');

export function NotificationsPage() {
  const filter = filterOf(route.useSearch());
  const navigate = route.useNavigate();
  const show = (next: NotificationFilter): void => void navigate({ search: searchOf(next) });
  const query = useQuery(notificationList(filter));
  const { data } = query;
  return (
    <Page
      title="Notifications"
      about="What failed, newest first, and what became of it. New ones appear by themselves."
    >
      <FilterBar filter={filter} onChange={changed => show({ ...changed, cursor: undefined })} />
      <Listing query={query} doing="Listing the notifications">
        {data && data.notifications.length > 0 ? (
          <NotificationTable rows={data.notifications} />
        ) : (
          <Nothing isFiltered={isFiltered(filter)} showAll={() => show({})} />
        )}
      </Listing>
      <Pager
        cursor={filter.cursor}
        nextCursor={data?.nextCursor}
        onTurn={cursor => show({ ...filter, cursor })}
      />
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
      compute host watched? The page Monitors and workers tells.
    </Empty>
  );
}
