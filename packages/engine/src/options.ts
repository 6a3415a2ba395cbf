import type { Clock, HostControl, InstanceControl, Logger, Metrics, Stores } from '@instance-ha/ports';
import type { RecoveryPolicy } from '@instance-ha/recovery';
import type { HostBookStores } from './host-books.ts';
import type { ProcessStores } from './process-effects.ts';

/** What a worker needs; durations in milliseconds. */
export type EngineOptions = {
  /** Names this process in the journal; unique among the workers. */
  workerName: string;
  stores: Pick<Stores, 'recoveries' | 'rulings' | 'guests' | 'changes' | 'pause'>;
  control: InstanceControl;
  /** Hands on hosts, and the books of segments; without them nothing of a host is recovered (`policy.host.hasControl`). */
  hosts?: { control: HostControl; stores: HostBookStores; failureWindowMs: () => number } | undefined;
  /** What processes of hosts are recovered through; without it a notification of one ends as a defect. */
  processes?: { stores: ProcessStores } | undefined;
  /** Read anew at each decision, so that a reload holds at once. */
  policy: () => RecoveryPolicy;
  /** A monitor unheard for so long is away: silence of its guests is then no evidence. Read anew at each use. */
  silentAfterMs: () => number;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** Stops the worker: nothing further is claimed, a restart that was begun is ended, everything else is let go. */
  signal: AbortSignal;
  /** How many recoveries look or act at the same time. */
  concurrency: number;
  /** How many recoveries are held at the same time, those that wait for a heartbeat included; 16 × `concurrency` by default. */
  holdLimit?: number;
  /** How long a claim stands without renewal: so soon another worker goes on where this one died. 2 000 by default. */
  leaseMs?: number;
  /** How often the database is asked for work although nobody told of any. 1 000 by default. */
  pollMs?: number;
  /** How often a heartbeat is asked for although nobody told of any. 1 000 by default. */
  heartbeatPollMs?: number;
  /** How long a look may take. 10 000 by default. */
  lookTimeoutMs?: number;
  /** How long begun restarts may take to end once `signal` has aborted. 10 000 by default. */
  stopDeadlineMs?: number;
  /** Called in each round of the claiming loop: proof that the worker goes on, though its database may be away. */
  onRound?: (round: { database: 'answers' | 'away'; held: number }) => void;
};

/** The options with every default filled in. */
export type EngineSettings = Required<Omit<EngineOptions, 'hosts' | 'processes'>> &
  Pick<EngineOptions, 'hosts' | 'processes'>;

export function withDefaults(options: EngineOptions): EngineSettings {
  const { concurrency, leaseMs = 2000 } = options;
  for (const [name, value] of Object.entries({ concurrency, leaseMs, holdLimit: options.holdLimit ?? 1 }))
    if (!(Number.isFinite(value) && value >= 1))
      throw new RangeError(`${name} must be a number of at least 1, found ${value}`);
  return {
    holdLimit: concurrency * 16,
    pollMs: 1000,
    heartbeatPollMs: 1000,
    lookTimeoutMs: 10_000,
    stopDeadlineMs: 10_000,
    onRound: () => {},
    ...options,
    leaseMs,
  };
}
