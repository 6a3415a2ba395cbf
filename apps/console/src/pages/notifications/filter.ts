import {
  type NotificationStatus,
  type NotificationType,
  notificationStatuses,
  notificationTypes,
} from '@instance-ha/notification';

/**
 * Which notifications the page shows, as its address says: `?type=COMPUTE_HOST&status=new,running&since=…`. What an address
 * says that nothing can be made of is left out, so that an old bookmark still opens.
 */
export type NotificationFilter = {
  type?: NotificationType | undefined;
  status?: NotificationStatus[] | undefined;
  host?: string | undefined;
  /** A UUID or an exact name. */
  instance?: string | undefined;
  /** ISO 8601; bounds of when it was detected. */
  since?: string | undefined;
  until?: string | undefined;
  cursor?: string | undefined;
};

export type Search = Record<string, string>;

export function filterOf(search: Partial<Search>): NotificationFilter {
  const status = (search.status ?? '').split(',').filter(isOneOf(notificationStatuses));
  return withoutUndefined({
    type: search.type !== undefined && isOneOf(notificationTypes)(search.type) ? search.type : undefined,
    status: status.length > 0 ? [...new Set(status)] : undefined,
    host: /^[a-zA-Z0-9._-]{1,255}$/.test(search.host ?? '') ? search.host : undefined,
    instance: textOf(search.instance),
    since: timeOf(search.since),
    until: timeOf(search.until),
    cursor: /^[0-9]{1,15}$/.test(search.cursor ?? '') ? search.cursor : undefined,
  });
}

export function searchOf(filter: NotificationFilter): Search {
  const { status, ...rest } = filter;
  return withoutUndefined({ ...rest, status: status?.length ? status.join(',') : undefined }) as Search;
}

/** As the API takes it. */
export const queryOf = (filter: NotificationFilter) => withoutUndefined(filter);

/** Whether anything but the place in the list is asked for. */
export const isFiltered = ({ cursor: _cursor, ...filter }: NotificationFilter): boolean =>
  Object.keys(searchOf(filter)).length > 0;

const isOneOf =
  <T extends string>(values: readonly T[]) =>
  (value: string): value is T =>
    (values as readonly string[]).includes(value);

/** What the API would refuse as text is no filter. */
const textOf = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 255 && /\S/.test(text) && !/\p{Cc}/u.test(text)
    ? text.trim()
    : undefined;

function timeOf(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? '');
  return ms >= Date.UTC(2000, 0) && ms < Date.UTC(2200, 0) ? new Date(ms).toISOString() : undefined;
}

const withoutUndefined = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
