import { randomBytes, randomUUID } from 'node:crypto';
import type { NotificationDetail, Vmove } from '@instance-ha/contracts';
import type { ApiClient } from '@instance-ha/contracts/client';
import { eventually } from './eventually.ts';

type RecoveryMethod = 'auto' | 'reserved_host' | 'auto_priority' | 'rh_priority';

/** A failover segment in the product's books, made for one test file. */
export class SegmentBook {
  readonly #api: ApiClient;
  readonly #uuid: string;
  readonly #hosts = new Map<string, string>();

  private constructor(api: ApiClient, uuid: string) {
    this.#api = api;
    this.#uuid = uuid;
  }

  static async make(api: ApiClient, hosts: readonly string[]): Promise<SegmentBook> {
    const name = `rack-${randomBytes(3).toString('hex')}`;
    const { body } = await api.v2.segments.create({ body: { name } });
    const book = new SegmentBook(api, body.segment.uuid);
    for (const host of hosts) await book.add(host);
    return book;
  }

  async add(name: string): Promise<void> {
    const { body } = await this.#api.v2.hosts.create({ body: { name, segmentUuid: this.#uuid } });
    this.#hosts.set(name, body.host.uuid);
  }

  /** How its hosts are recovered, and which of them are kept free for that. */
  async recoverBy(method: RecoveryMethod, reserved: readonly string[]): Promise<void> {
    await this.#api.v2.segments.update({ params: { uuid: this.#uuid }, body: { recoveryMethod: method } });
    for (const [name, uuid] of this.#hosts)
      await this.#api.v2.hosts.update({ params: { uuid }, body: { reserved: reserved.includes(name) } });
  }

  async host(name: string): Promise<{ reserved: boolean; onMaintenance: boolean }> {
    const uuid = this.#hosts.get(name) ?? '';
    const { reserved, onMaintenance } = (await this.#api.v2.hosts.get({ params: { uuid } })).body.host;
    return { reserved, onMaintenance };
  }
}

/** Files that a host failed, or is back, as a host monitor would; answers the notification's id. */
export async function fileHost(api: ApiClient, host: string, event: 'STOPPED' | 'STARTED'): Promise<string> {
  const at = new Date().toISOString();
  const { body } = await api.v2.notifications.create({
    body: {
      incidentKey: `host/${host}/${event}/${randomUUID()}`,
      host,
      faultAt: at,
      detectedAt: at,
      payload: { type: 'COMPUTE_HOST', event, hostStatus: 'NORMAL', clusterStatus: 'OFFLINE' },
      evidence: null,
    },
  });
  return body.notification.uuid;
}

/** The body of a notification of an instance whose guest nobody hears: a fake compute's. */
export function instanceFailure(instance: { uuid: string; host: string; incident: string }) {
  const at = new Date().toISOString();
  return {
    incidentKey: instance.incident,
    host: instance.host,
    faultAt: at,
    detectedAt: at,
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid: instance.uuid,
      instanceName: instance.uuid,
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: false,
      boot: `unknown@${at}`,
      domainId: null,
      libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
    },
    evidence: null,
  } as const;
}

export async function untilEnded(
  api: ApiClient,
  uuid: string,
  timeoutMs: number,
  options: { everyMs?: number } = {},
): Promise<NotificationDetail> {
  let detail: NotificationDetail | undefined;
  const hasEnded = async (): Promise<boolean> => {
    detail = (await api.v2.notifications.get({ params: { uuid } })).body;
    if (!detail.notification.endedAt)
      throw new Error(`${detail.notification.status}: ${detail.notification.message}`);
    return true;
  };
  await eventually(`notification ${uuid} has ended`, timeoutMs, hasEnded, options);
  return detail as NotificationDetail;
}

/** How it ended, as one line. */
export const endOf = ({ notification: { status, message } }: NotificationDetail): string =>
  `${status}: ${message}`;

/** How often it was begun: 1 when it ended at the first attempt. */
export const roundsOf = ({ journal }: NotificationDetail): number =>
  journal.filter(({ event }) => (event as { type?: string }).type === 'begun').length;

/** The moves of a host's recovery, by the instance. */
export async function movesOf(api: ApiClient, notificationUuid: string): Promise<Map<string, Vmove>> {
  const { body } = await api.v2.vmoves.list({ query: { notificationUuid, limit: 100 } });
  return new Map(body.vmoves.map(move => [move.instanceUuid, move]));
}
