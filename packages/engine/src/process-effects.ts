/** Carries out what the recovery of a process asks for, through the ports; every answer is a fact for its machine. */
import type { HostControl, MonitorActionRecord, Stores } from '@instance-ha/ports';
import {
  disabledBecause,
  type MonitorAnswer,
  type ProcessContext,
  type RecoveryEffect,
  type RecoveryEvent,
} from '@instance-ha/recovery';

type Effect<Type extends RecoveryEffect['type']> = Extract<RecoveryEffect, { type: Type }>;
type Fact<Type extends RecoveryEvent['type']> = Omit<Extract<RecoveryEvent, { type: Type }>, 'atMs'>;

/** What the recovery of a process stands on. */
export type ProcessStores = Pick<Stores, 'segments' | 'hosts' | 'notifications' | 'actions'>;

export type ProcessHands = {
  stores: ProcessStores;
  /** Undefined where there is no cloud. */
  control: HostControl | undefined;
  host: string;
  processName: string;
  notification: { id: number; uuid: string };
  /** How long one question or act may take. */
  timeoutMs: number;
  bounded: <T>(call: {
    what: string;
    timeoutMs: number;
    call: (signal: AbortSignal) => Promise<T>;
    otherwise: (why: string) => T;
  }) => Promise<T>;
};

/** Notifications of one host's processes that are looked through. */
const lookedThrough = 200;

/** `sinceAt`: deaths detected from then on count. */
export async function processContext(
  { stores, host: name, processName, notification }: ProcessHands,
  { sinceAt }: { sinceAt: string },
): Promise<ProcessContext> {
  const host = await stores.hosts.byName(name);
  const segment = host && (await stores.segments.get(host.segmentUuid));
  const filter = { host: name, type: 'COMPUTE_PROCESS' } as const;
  const mine = ({ payload }: { payload: { type: string; processName?: string } }): boolean =>
    payload.processName === processName;
  const open = await stores.notifications.list(
    { ...filter, status: ['new', 'running', 'error'] },
    { limit: lookedThrough },
  );
  const recent = await stores.notifications.list({ ...filter, since: sinceAt }, { limit: lookedThrough });
  const deaths = recent.filter(
    one => mine(one) && one.payload.type === 'COMPUTE_PROCESS' && one.payload.event === 'STOPPED',
  );
  return {
    segment: segment ? { name: segment.name, enabled: segment.enabled } : null,
    onMaintenance: host?.onMaintenance ?? false,
    earlierOpen: open.some(one => mine(one) && one.id < notification.id),
    deaths: deaths.filter(({ id }) => id <= notification.id).length,
  };
}

/** Asks it, or finds what was asked under the same number. */
export const askMonitor = (
  { stores, host, processName, notification }: ProcessHands,
  { kind, number, life, takeWithinMs, doneWithinMs }: Effect<'monitor-act'>,
): Promise<MonitorActionRecord> =>
  stores.actions.ask({
    key: `${notification.uuid}/${number}/${kind}`,
    host,
    kind,
    processName,
    life,
    takeWithinMs,
    doneWithinMs,
  });

/** The answer, once it has ended. */
export function answerOf({ status, detail, sighting }: MonitorActionRecord): MonitorAnswer | undefined {
  if (status === 'asked' || status === 'taken') return undefined;
  return { outcome: status, detail: detail ?? status, sighting };
}

export async function lookAtService({
  control,
  host,
  timeoutMs,
  bounded,
}: ProcessHands): Promise<Fact<'service-looked'>> {
  if (!control) throw new Error('a compute service is to be looked at, and there is no cloud');
  const sighting = await bounded({
    what: `looking at host ${host}`,
    timeoutMs,
    call: signal => control.look(host, { timeoutMs, signal }),
    otherwise: detail => ({ seen: 'could-not-look', detail }) as const,
  });
  return { type: 'service-looked', sighting };
}

export async function doServiceAct(
  { control, host, notification, timeoutMs, bounded }: ProcessHands,
  { act }: Effect<'service-act'>,
): Promise<Fact<'service-act-ended'>> {
  if (!control) throw new Error('a compute service is to be changed, and there is no cloud');
  const reason = disabledBecause(notification.uuid);
  const { outcome, detail } = await bounded({
    what: `${act} ${host}`,
    timeoutMs,
    call: signal => control.act(act, host, { reason, timeoutMs, signal }),
    otherwise: why => ({ outcome: 'failed', detail: why }) as const,
  });
  return { type: 'service-act-ended', act, outcome, detail };
}
