import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';
import { Problem } from '../../ui/problem.tsx';
import { notificationDetail } from '../notifications/queries.ts';

const route = getRouteApi('/notifications/$uuid');

export function NotificationPage() {
  const { uuid } = route.useParams();
  const { data, error, refetch } = useQuery(notificationDetail(uuid));
  return (
    <Page title="Notification">
      {error && <Problem error={error} doing="Showing the notification" retry={() => void refetch()} />}
      {data && <pre>{data.notification.uuid}</pre>}
    </Page>
  );
}
