import type { Change } from '@instance-ha/contracts';
import { type NotificationStatus, NotificationStatusSchema } from '@instance-ha/notification';
import { z } from 'zod';
import { type Live, relist } from '../../api/relist.ts';
import type { NotificationFilter } from './filter.ts';
import { detailKey, heldKey, listKey, type NotificationPage } from './queries.ts';

/** What a change tells of a notification. A later version may say more. */
const Told = z.object({ what: z.string(), status: NotificationStatusSchema, message: z.string().nullish() });

/**
 * A row on the screen changes in place, which costs the service nothing. The list is asked for again only when a row was
 * filed, or when its filter goes by status and the change may let a row in or out.
 */
export function patchNotifications(live: Live, change: Change): void {
  const told = Told.safeParse(change.data).data;
  relist(live, detailKey(change.subject));
  relist(live, heldKey);
  if (!told || told.what === 'filed') {
    relist(live, listKey);
    return;
  }
  const pages = live.client.getQueriesData<NotificationPage>({ queryKey: listKey });
  for (const [key, page] of pages) {
    const { status } = key[2] as NotificationFilter;
    if (status !== undefined) relist(live, listKey);
    if (page) live.client.setQueryData(key, withChange(page, change, told));
  }
}

/** The same page when the row is not on it. */
export function withChange(
  page: NotificationPage,
  change: Pick<Change, 'subject' | 'at'>,
  told: { status: NotificationStatus; message?: string | null | undefined },
): NotificationPage {
  if (!page.notifications.some(({ uuid }) => uuid === change.subject)) return page;
  const notifications = page.notifications.map(row =>
    row.uuid === change.subject
      ? {
          ...row,
          status: told.status,
          message: told.message === undefined ? row.message : told.message,
          updatedAt: change.at,
        }
      : row,
  );
  return { ...page, notifications };
}
