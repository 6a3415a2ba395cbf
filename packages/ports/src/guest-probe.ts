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
   * profile and state of every guest, then events again. A guest whose definition cannot be read is told `blind` instead of
   * its profile, and `sighted` with its profile once it can. Ends when `signal` aborts. One consumer. Bounded: when the
   * consumer lags by more than the bound the probe says `blind`, drops what waits, and lists again (`sighted`).
   */
  signals(signal: AbortSignal): AsyncIterable<ProbeSignal>;
  /**
   * Asks one guest's agent. Never more than the configured number in flight over the whole host; who asks for a guest that
   * is being asked shares that answer. `timeoutMs` counts from `askedAtMs`, when its turn has come. `ask` and `list` reject
   * only when their `signal` aborts.
   */
  ask(
    instanceUuid: string,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<Extract<GuestSignal, { type: 'ping' }>>;
  /**
   * State of every guest, by calls that no single guest can hold up; with the CPU time of those that run where it was
   * sampled, which is not at every listing for a guest that answers. When a listing fails, `signals` says `blind` and
   * looks around anew, too.
   */
  list(options: { signal: AbortSignal }): Promise<Listing>;
  close(): Promise<void>;
}
