import type { GuestState } from '../guest-state.ts';
import type { GuestRecord } from '../record.ts';
import type { GuestSignal } from '../signal.ts';

/**
 * What one host told its monitor over a stretch of time, as JSON: enough to judge it again by other thresholds. Instants are
 * wall-clock milliseconds.
 *
 * A guest that answers as it did before is not in it, nor is a row that tells nothing new: a quiet host is a recording without a
 * signal, and yet says that somebody watched.
 */
export type Recording = {
  fromAt: number;
  toAt: number;
  /** Guests that counted as heard when it began: the gate is about their share. */
  heard: number;
  /** Each as it was before its first signal in here; one that was not known before is absent. */
  guests: GuestRecord[];
  signals: RecordedSignal[];
  /** Signals that were left out because they were too many. */
  dropped: number;
};

type Untimed<S> = S extends { type: 'state' } ? Omit<S, 'cpuTimeNs'> & { cpuTimeNs: string | null } : S;

/** `of`: the instance; null: the host as a whole. Of a `state` the CPU time is decimal text, as JSON has no such numbers. */
export type RecordedSignal = { of: string | null } & Untimed<Exclude<GuestSignal, { type: 'tick' }>>;

/** A signal for the recording; `wall` turns a monotonic instant into one of the wall clock. */
export function toRecordedSignal(
  of: string | null,
  signal: Exclude<GuestSignal, { type: 'tick' }>,
  wall: (atMs: number) => number,
): RecordedSignal {
  const atMs = wall(signal.atMs);
  switch (signal.type) {
    case 'ping':
      return { of, ...signal, askedAtMs: wall(signal.askedAtMs), atMs };
    case 'state':
      return { of, ...signal, cpuTimeNs: signal.cpuTimeNs?.toString() ?? null, atMs };
    default:
      return { of, ...signal, atMs };
  }
}

/** The signal again; its instants stay those of the wall clock. */
export function fromRecordedSignal({ of: _of, ...signal }: RecordedSignal): GuestSignal {
  if (signal.type !== 'state') return signal;
  return { ...signal, cpuTimeNs: signal.cpuTimeNs === null ? null : BigInt(signal.cpuTimeNs) };
}

/** Whether it may matter to a judgement by other thresholds. `before` is undefined for a guest that was not known. */
export function isWorthRecording(
  before: GuestState | undefined,
  signal: GuestSignal,
  after: GuestState | undefined,
): boolean {
  switch (signal.type) {
    case 'tick':
      return false;
    case 'ping':
      return isTellingPing(before, signal.outcome, after);
    case 'state':
      return !before || !after || isUneasy(before) || isUneasy(after) || hasMoved(before, after);
    case 'absent':
      return before !== undefined && before.standing !== after?.standing;
    default:
      return true;
  }
}

type Ping = Extract<GuestSignal, { type: 'ping' }>;

/** The silence of a guest that was never heard since it started means nothing by any threshold. */
function isTellingPing(
  before: GuestState | undefined,
  outcome: Ping['outcome'],
  after: GuestState | undefined,
): boolean {
  switch (outcome) {
    case 'answered':
      return before?.standing.phase !== 'alive';
    case 'no-answer':
    case 'not-connected':
      return before?.life.proven ?? false;
    case 'not-configured':
      return before?.standing.phase !== after?.standing.phase;
    case 'could-not-look':
      return false;
  }
}

/** Its CPU time may be the second sign. */
const isUneasy = ({ standing: { phase } }: GuestState): boolean =>
  phase === 'suspect' || phase === 'confirming' || phase === 'held';

const hasMoved = (before: GuestState, after: GuestState): boolean =>
  before.standing !== after.standing ||
  before.incident !== after.incident ||
  before.blindSinceMs !== after.blindSinceMs ||
  before.lookedAway ||
  before.life.boot !== after.life.boot ||
  before.life.ended !== after.life.ended ||
  before.life.runningReason !== after.life.runningReason;
