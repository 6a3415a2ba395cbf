import type { ActionSource, ProcessHands, ProcessProbe } from '@instance-ha/ports';
import type { ProcessPolicy } from '@instance-ha/process-health';
import type { RecordFile } from './options.ts';

/** What may change while the patrol runs; read anew at each use. */
export type ProcessPatrolPolicy = ProcessPolicy & {
  /** The processes that are watched, by name. */
  watched: readonly string[];
  checkIntervalMs: number;
  /** How long one look may take. */
  lookTimeoutMs: number;
  /** How long a restart may take until the process is seen again. */
  restartTimeoutMs: number;
};

/** Watching processes of the host, and doing what is asked about them. */
export type ProcessPatrolOptions = {
  probe: ProcessProbe;
  hands: ProcessHands;
  /** What is asked of this monitor; without it nobody can ask. */
  source: ActionSource | undefined;
  /** What was seen of processes, over restarts of the monitor. */
  record: RecordFile;
  /** What was begun and not reported. */
  journal: RecordFile;
  policy: () => ProcessPatrolPolicy;
};
