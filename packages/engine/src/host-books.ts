/**
 * The books of failover segments, as the recovery of a host reads and keeps them: over the stores, with nothing of its own.
 * Every question is bounded by what a page holds.
 */
import { type Actor, type Stores, standingRulings } from '@instance-ha/ports';
import type { HostContext, ToldMove } from '@instance-ha/recovery';

export type HostBookStores = Pick<Stores, 'segments' | 'hosts' | 'vmoves' | 'notifications' | 'rulings'>;

const pageLimit = 1000;

export class HostBooks {
  readonly #stores: HostBookStores;
  readonly #told = new Map<string, { uuid: string; was: string }>();

  constructor(stores: HostBookStores) {
    this.#stores = stores;
  }

  /** For this notification of the host. `sinceAt`: failures of hosts reported from then on count together. */
  async context(
    name: string,
    { sinceAt, of }: { sinceAt: string; of: { id: number; uuid: string } },
  ): Promise<HostContext> {
    const host = await this.#stores.hosts.byName(name);
    const segment = host && (await this.#stores.segments.get(host.segmentUuid));
    if (!host || !segment) return unknownHost;
    const all = await this.#stores.hosts.list({ segmentUuid: segment.uuid }, { limit: pageLimit });
    const free = all.filter(other => other.name !== name && !other.onMaintenance);
    const { uuid, name: segmentName, recoveryMethod: method, enabled } = segment;
    return {
      segment: { uuid, name: segmentName, method, enabled },
      onMaintenance: host.onMaintenance,
      reservedHosts: free.filter(({ reserved }) => reserved).map(other => other.name),
      segmentHosts: free.filter(({ reserved }) => !reserved).map(other => other.name),
      failing: {
        failed: await this.#failing(
          name,
          all.map(other => other.name),
          sinceAt,
        ),
        of: all.length,
      },
      ...(await this.#ruling(of.uuid)),
      back: await this.#isBack(name, of.id),
    };
  }

  async #ruling(notificationUuid: string): Promise<Pick<HostContext, 'ruling' | 'ruled'>> {
    const { verdict } = standingRulings((await this.#stores.rulings.of(notificationUuid))?.rulings ?? []);
    if (!verdict) return { ruling: 'none', ruled: null };
    const { ruling, by, reason } = verdict;
    return { ruling: ruling === 'approve' ? 'approved' : 'rejected', ruled: { by, reason } };
  }

  /** Whether the newest report about the host is a later one, that it has started. */
  async #isBack(host: string, id: number): Promise<boolean> {
    const [newest] = await this.#stores.notifications.list({ type: 'COMPUTE_HOST', host }, { limit: 1 });
    if (!newest || newest.id <= id || newest.payload.type !== 'COMPUTE_HOST') return false;
    return newest.payload.event === 'STARTED' && newest.payload.hostStatus === 'NORMAL';
  }

  async #failing(name: string, hosts: readonly string[], since: string): Promise<number> {
    const filed = await this.#stores.notifications.list(
      { type: 'COMPUTE_HOST', since },
      { limit: pageLimit },
    );
    const failed = new Set([name]);
    for (const { host, payload } of filed)
      if (payload.type === 'COMPUTE_HOST' && payload.event === 'STOPPED' && payload.hostStatus === 'NORMAL')
        failed.add(host);
    return hosts.filter(host => failed.has(host)).length;
  }

  /** A host that is not in the books, or was removed from them meanwhile, is left out. */
  async change(
    name: string,
    change: { onMaintenance?: boolean; reserved?: boolean },
    by: Actor,
  ): Promise<void> {
    const host = await this.#stores.hosts.byName(name);
    if (host) await this.#stores.hosts.update(host.uuid, change, by, { evenInUse: true });
  }

  /** Writes down every move that has changed since it was written last. */
  async note(
    told: { notificationUuid: string; host: string; at: string },
    moves: readonly ToldMove[],
  ): Promise<void> {
    if (moves.length === 0) return;
    const { notificationUuid, host, at } = told;
    if (this.#told.size === 0) await this.#recall(notificationUuid);
    if (this.#told.size === 0) await this.#plan(notificationUuid, host, moves);
    for (const move of moves) {
      const known = this.#told.get(move.instanceUuid);
      const is = JSON.stringify(move);
      if (!known || known.was === is) continue;
      const { status, destHost, message } = move;
      const over = status === 'succeeded' || status === 'failed' || status === 'ignored';
      const begins = known.was === '' || known.was.includes('"status":"pending"');
      await this.#stores.vmoves.update(known.uuid, {
        status,
        destHost,
        message,
        ...(begins && status !== 'pending' && status !== 'ignored' ? { startTime: at } : {}),
        // One that is tried again after an operator's retry has not ended.
        endTime: over ? at : null,
      });
      known.was = is;
    }
  }

  async #recall(notificationUuid: string): Promise<void> {
    const rows = await this.#stores.vmoves.list({ notificationUuid }, { limit: pageLimit });
    for (const { uuid, instanceUuid, status, startTime } of rows)
      this.#told.set(instanceUuid, { uuid, was: startTime === null ? `"status":"${status}"` : 'begun' });
  }

  async #plan(notificationUuid: string, sourceHost: string, moves: readonly ToldMove[]): Promise<void> {
    const planned = moves.map(({ instanceUuid, instanceName }) => ({
      instanceUuid,
      instanceName,
      sourceHost,
      type: 'evacuation' as const,
    }));
    const rows = (await this.#stores.vmoves.plan(notificationUuid, planned)) ?? [];
    for (const { uuid, instanceUuid } of rows) this.#told.set(instanceUuid, { uuid, was: '' });
  }
}

const unknownHost: HostContext = {
  segment: null,
  onMaintenance: false,
  reservedHosts: [],
  segmentHosts: [],
  failing: { failed: 1, of: 1 },
  ruling: 'none',
};
