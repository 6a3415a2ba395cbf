import { z } from 'zod';

/**
 * The life of one notification.
 *
 *   new ──▶ running ──▶ finished
 *    │         │ ├────▶ ignored
 *    │         │ ├────▶ failed
 *    │         │ └────▶ error ──▶ running (a further attempt) │ failed
 *    ├──▶ ignored
 *    └──▶ failed
 *
 *   failed, ignored ──an operator's retry──▶ new
 *
 * `finished` means verified; `error` may be tried again; `ignored`, `failed` and `finished` are the end: no worker
 * and no clock leads out of them. An operator may have the first two tried again, never what is verified.
 */
export const notificationStatuses = ['new', 'running', 'finished', 'error', 'failed', 'ignored'] as const;

export const NotificationStatus = z.enum(notificationStatuses);
export type NotificationStatus = z.infer<typeof NotificationStatus>;

const allowed: Record<NotificationStatus, readonly NotificationStatus[]> = {
  new: ['running', 'ignored', 'failed'],
  running: ['finished', 'ignored', 'error', 'failed'],
  error: ['running', 'failed'],
  finished: [],
  failed: ['new'],
  ignored: ['new'],
};

/** True when a notification may move from `from` to `to`. Staying where it is is no move. */
export const mayBecome = (from: NotificationStatus, to: NotificationStatus): boolean =>
  allowed[from].includes(to);

/** True for the statuses that nothing follows by itself. */
export const isFinal = (status: NotificationStatus): boolean =>
  status === 'finished' || status === 'failed' || status === 'ignored';
