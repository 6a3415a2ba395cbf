import type { MonitorReport, ReportedGuest } from '../../guest-reporter.ts';
import type { FiledNotification } from '../../notification-sink.ts';
import type { Change, Claim, Stores } from '../../stores.ts';

/** Empty stores, and a way to let time pass for the database: `elapse` makes everything it has stamped so much older. */
export type StoresWorld = { stores: Stores; elapse: (ms: number) => Promise<void> };

export const instanceA = 'aaaaaaaa-0000-4000-8000-00000000000a';
export const instanceB = 'bbbbbbbb-0000-4000-8000-00000000000b';
export const instanceC = 'cccccccc-0000-4000-8000-00000000000c';

type Told = {
  instanceUuid: string;
  instanceName: string;
  host: string;
  sequence: number;
  detectedAt: string;
};

/** A crash of instance A on node1, or whatever is told otherwise. */
export function crash(told: Partial<Told> = {}): FiledNotification {
  const {
    instanceUuid = instanceA,
    instanceName = `name-of-${instanceUuid}`,
    host = 'node1',
    sequence = 1,
    detectedAt = '2026-01-02T03:04:05.678Z',
  } = told;
  return {
    incidentKey: `instance/${host}/${instanceUuid}/1/${sequence}`,
    host,
    faultAt: '2026-01-02T03:04:05.600Z',
    detectedAt,
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName,
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: true,
      boot: '1',
      domainId: 1,
      libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
    },
    evidence: {
      rule: 'stopped-failed',
      summary: 'QEMU ended without being asked',
      inputs: [{ signal: 'lifecycle', value: 'stopped/failed', ageMs: 1.5 }],
      policy: { failureThreshold: 3 },
    },
  };
}

/** The first report of a monitor of node1 that watches, or whatever is told otherwise. */
export function report(told: Partial<MonitorReport> = {}): MonitorReport {
  return {
    host: 'node1',
    session: 'session-1',
    sequence: 1,
    version: '1.2.3',
    startedAt: '2026-01-02T00:00:00.000Z',
    state: 'watching',
    cause: null,
    mode: 'libvirt',
    checkIntervalMs: 1_000,
    gate: { suspect: false, silent: 0, heard: 0 },
    spoolDepth: 0,
    complete: true,
    guests: [],
    ...told,
  };
}

export function guest(told: Partial<ReportedGuest> = {}): ReportedGuest {
  return {
    instanceUuid: instanceA,
    instanceName: 'web-1',
    phase: 'alive',
    why: 'answered when last asked',
    since: '2026-01-02T00:00:01.000Z',
    lastBeatAt: '2026-01-02T00:00:02.000Z',
    misses: 0,
    boot: '1',
    agentChannel: true,
    incidentKey: null,
    heardAgainAt: null,
    heardAgainBoot: null,
    ...told,
  };
}

/** Claims by a lease so long that only `elapse` lets it run out. */
export const claimAll = (stores: Stores, worker = 'worker-1', limit = 100): Promise<Claim[]> =>
  stores.recoveries.claim({ worker, leaseMs: leaseMs, limit });

export const leaseMs = 60_000;

export async function claimOne(stores: Stores, worker = 'worker-1'): Promise<Claim> {
  const [claim, ...others] = await claimAll(stores, worker);
  if (!claim || others.length > 0)
    throw new Error(`expected one claim, found ${others.length + (claim ? 1 : 0)}`);
  return claim;
}

/** Listens, and answers with all changes heard once the one that `isLast` accepts has come. */
export async function listen(
  stores: Stores,
  isLast: (change: Change) => boolean,
): Promise<{ heard: Promise<Change[]>; stop(): void }> {
  const changes: Change[] = [];
  const stopped = new AbortController();
  const deadline = AbortSignal.timeout(10_000);
  const { promise, resolve, reject } = Promise.withResolvers<Change[]>();
  deadline.addEventListener('abort', () =>
    reject(new Error(`the change awaited did not come within 10 s; heard ${JSON.stringify(changes)}`)),
  );
  promise.catch(() => {}); // Whoever stops listening need not await it.
  const onChange = (change: Change) => {
    changes.push(change);
    if (isLast(change)) resolve(changes);
  };
  const onLost = () => reject(new Error('the feed said that changes were lost'));
  await stores.changes.subscribe({ onChange, onLost }, stopped.signal);
  return { heard: promise, stop: () => stopped.abort() };
}
