import type { MasakariType } from '@instance-ha/notification';
import type { CallBounds, ServiceCaller } from '../http/caller.ts';
import type { KeystoneSession } from '../keystone/session.ts';
import { CreateAnswer, ListAnswer, type MasakariNotification } from './wire.ts';

/** What a Masakari monitor sends. `generatedTime`: UTC without a zone, as `toMasakariTime` writes it. */
export type MasakariFiling = {
  type: MasakariType;
  hostname: string;
  generatedTime: string;
  payload: Readonly<Record<string, string>>;
};

/** Masakari's API as its monitors use it. Every call rejects with `OpenStackError` only. */
export type MasakariClient = {
  createNotification(filing: MasakariFiling, bounds: CallBounds): Promise<MasakariNotification>;
  /** Those generated at `since` or later, the newest first, at most `limit`. */
  listNotifications(
    query: { type: MasakariType; since: string; limit: number },
    bounds: CallBounds,
  ): Promise<MasakariNotification[]>;
};

/** The oldest there is, and what Masakari's own monitors send; all fields used here exist in it. */
const headers = { 'openstack-api-version': 'instance-ha 1.0' };

export function masakariClientOf(options: {
  session: KeystoneSession;
  caller: ServiceCaller;
  /** As the catalogue has it: with or without `/v1` and the project. */
  endpoint: (bounds: CallBounds) => Promise<string>;
}): MasakariClient {
  const { session, caller } = options;
  const endpoint = async (bounds: CallBounds): Promise<string> => withVersion(await options.endpoint(bounds));
  return {
    async createNotification({ type, hostname, generatedTime, payload }, bounds) {
      const url = `${await endpoint(bounds)}/notifications`;
      const notification = { type, hostname, generated_time: generatedTime, payload };
      const { body } = await session.call(
        caller,
        {
          name: 'masakari create notification',
          method: 'POST',
          url,
          headers,
          body: { notification },
          answer: CreateAnswer,
        },
        bounds,
      );
      return body.notification;
    },
    async listNotifications({ type, since, limit }, bounds) {
      const query = new URLSearchParams({ type, 'generated-since': since, limit: String(limit) });
      const url = `${await endpoint(bounds)}/notifications?${query.toString()}`;
      const { body } = await session.call(
        caller,
        { name: 'masakari list notifications', method: 'GET', url, headers, answer: ListAnswer },
        bounds,
      );
      return body.notifications;
    },
  };
}

/** Some catalogues leave the version to be found out; there is only one. */
const withVersion = (url: string): string => (/\/v1(\/|$)/.test(new URL(url).pathname) ? url : `${url}/v1`);
