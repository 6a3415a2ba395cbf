import { z } from 'zod';

/** The fields of Masakari's notifications that are used. masakari/api/openstack/ha/notifications.py, microversion 1.0. */
export const MasakariNotification = z.object({
  notification_uuid: z.string(),
  /** UTC without a zone; with a database that keeps whole seconds, whole seconds. */
  generated_time: z.string(),
  status: z.string(),
  payload: z.record(z.string(), z.unknown()),
});
export type MasakariNotification = z.infer<typeof MasakariNotification>;

export const CreateAnswer = z.object({ notification: MasakariNotification });
export const ListAnswer = z.object({ notifications: z.array(MasakariNotification) });
