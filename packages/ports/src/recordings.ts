import type { Recording } from '@instance-ha/guest-health';

/** Keeps what monitors have seen, for a day: so that a change of thresholds can be judged by what happened. */
export interface RecordingStore {
  /**
   * A recording in which nothing happened lengthens a quiet one that it follows on. What is older than a day goes, and what is more than
   * `recordingsOfAHost`.
   */
  keep(host: string, recording: Recording): Promise<void>;
  /**
   * What was recorded of a host and ended after `since` (ISO 8601), the oldest first; no more than `maxBytes` of it as JSON, and then it is
   * not `complete`.
   */
  of(
    host: string,
    options: { since: string; maxBytes: number },
  ): Promise<{ recordings: Recording[]; complete: boolean }>;
}

/** Where a monitor sends what it has recorded. Never rejects for what a network or a service can do. */
export interface RecordingSink {
  /** `false`: it was not taken, and may be later; what would never be taken counts as taken and is logged. */
  keep(recording: Recording, options: { signal: AbortSignal }): Promise<boolean>;
}

export const recordingsKeptMs = 86_400_000;
/** A monitor that sends one each ten seconds, which is more than it should, has a day in so many thousand. */
export const recordingsOfAHost = 10_000;
/** A quiet recording that begins so close to the end of the one before it is the same quiet. */
export const recordingSeamMs = 5_000;
export const isQuiet = ({ signals, guests, dropped }: Recording): boolean =>
  signals.length === 0 && guests.length === 0 && dropped === 0;
