import type { GuestSignal } from '@instance-ha/guest-health';

/** One thing the probe saw. Without `instanceUuid` it concerns the whole host: only `blind` and `sighted` do. */
export type ProbeSignal =
  | { instanceUuid: string; signal: GuestSignal }
  | { signal: Extract<GuestSignal, { type: 'blind' | 'sighted' }> };

/** A complete listing: every guest of the host, running or not, at one moment. */
export type Listing =
  | {
      listed: true;
      guests: { instanceUuid: string; signal: Extract<GuestSignal, { type: 'state' }> }[];
      atMs: number;
    }
  | { listed: false; cause: string; atMs: number };

/**
 * The senses of a monitor. Nothing here rejects for what a running host can do: a host that cannot be looked at
 * is a `blind` signal or a `could-not-look`.
 */
export interface GuestProbe {
  /**
   * Every signal that comes by itself, in order of arrival: events, and after each (re)connect `sighted`, the
   * profile and state of every guest, then events again. Ends when `signal` aborts. One consumer. Bounded: when the
   * consumer lags by more than the bound the probe says `blind`, drops what waits, and lists again (`sighted`).
   */
  signals(signal: AbortSignal): AsyncIterable<ProbeSignal>;
  /** Asks one guest's agent. Never more than the configured number in flight over the whole host. */
  ask(
    instanceUuid: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<Extract<GuestSignal, { type: 'ping' }>>;
  /** State and CPU time of every guest in one call that cannot hang on a single guest. */
  list(options: { signal: AbortSignal }): Promise<Listing>;
  close(): Promise<void>;
}
