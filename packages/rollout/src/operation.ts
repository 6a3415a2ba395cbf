/** The words of a roll-out: one revision of the pushed configuration, brought to hosts a few at a time. */

/** The services that take what is pushed. */
export const rolloutServices = ['monitor', 'worker'] as const;
export type RolloutService = (typeof rolloutServices)[number];

/** What one failing host means for the others. */
export const failurePolicies = ['stop', 'roll-back', 'go-on'] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

/**
 * `finished`: every service runs it, or was away before. `failed`: at least one could not take it. `rolled-back`: the hosts were
 * told to run what they ran before.
 */
export const operationStates = ['running', 'finished', 'failed', 'rolled-back', 'cancelled'] as const;
export type OperationState = (typeof operationStates)[number];

/**
 * - `pending`: its turn has not come. `applying`: it is told, and has not answered for good.
 * - `applied`, or `failed` with the error: it keeps what it ran before.
 * - `not-answering`: nothing of use heard of it in time. It becomes `applied` or `failed` when it is back.
 * - `skipped`: its turn never came, the operation was over before.
 * - `rolling-back`, `rolled-back`: told to run what it ran before, and does.
 */
export const rowStates = [
  'pending',
  'applying',
  'applied',
  'failed',
  'not-answering',
  'skipped',
  'rolling-back',
  'rolled-back',
] as const;
export type RowState = (typeof rowStates)[number];

/** One service of one host. */
export type Row = {
  readonly host: string;
  readonly service: RolloutService;
  readonly state: RowState;
  /** The revision the host was to run until then. */
  readonly before: number;
  /** The one it says it runs. */
  readonly running: number | null;
  readonly error: string | null;
  /** Since it was told; null while its turn has not come. */
  readonly toldAgoMs: number | null;
};

/** `running`: it counts now. `failed`: `wanted` could not be taken for `error`, and `running` stayed. */
export const runningStates = ['applying', 'applied', 'failed'] as const;
export type RunningState = (typeof runningStates)[number];

/** One process as last heard: what it was told to run, what it runs, and since when nothing was heard of it. */
export type Member = {
  readonly host: string;
  readonly service: RolloutService;
  readonly wanted: number | null;
  readonly running: number | null;
  readonly state: RunningState | null;
  readonly error: string | null;
  readonly seenAgoMs: number;
};

export type Operation = {
  readonly revision: number;
  readonly isForAll: boolean;
  readonly onFailure: FailurePolicy;
  /** Hosts that are told at the same time. */
  readonly atOnce: number;
  /** What each has before it counts as not answering. */
  readonly answerWithinMs: number;
  readonly state: OperationState;
};

/** A service that was not heard for so long is away: it asks at least every 30 s. */
export const memberSilentAfterMs = 75_000;
