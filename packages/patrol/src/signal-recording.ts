import { type HostEvent, type HostState, Recorder, type Recording } from '@instance-ha/guest-health';
import type { PatrolOptions } from './options.ts';
import type { Watch } from './watch.ts';

/** Recordings that wait for an API that is away: at the default of five minutes each, an hour. */
const mostWaiting = 12;
/** How soon a change of the interval is noticed. */
const glanceMs = 10_000;

/**
 * Sends what was seen to whoever keeps it, each `recordIntervalMs`; 0: nothing is recorded. Nothing waits for it and nothing rests on it:
 * what cannot be sent within an hour is dropped, and shows as a gap.
 */
export class SignalRecording {
  readonly #options: PatrolOptions;
  readonly #watch: Watch;
  readonly #waiting: Recording[] = [];
  #recorder: Recorder | undefined;

  constructor(options: PatrolOptions, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
  }

  see(before: HostState, event: HostEvent, after: HostState): void {
    this.#recorder?.see(before, event, after);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, policy, random } = this.#options;
    if (!this.#options.recordings) return;
    // Hosts that were started together do not send together.
    let dueAtMs = clock.monotonicMs() + policy().recordIntervalMs * (0.5 + random() / 2);
    while (!signal.aborted) {
      const { recordIntervalMs } = policy();
      if (recordIntervalMs === 0) {
        this.#recorder = undefined;
        await clock.sleep(glanceMs, signal).catch(() => {});
        continue;
      }
      this.#recorder ??= new Recorder(this.#watch.state, clock.wallMs());
      const nowMs = clock.monotonicMs();
      dueAtMs = Math.min(dueAtMs, nowMs + recordIntervalMs);
      if (nowMs < dueAtMs) {
        await clock.sleep(Math.min(glanceMs, dueAtMs - nowMs), signal).catch(() => {});
        continue;
      }
      dueAtMs = nowMs + recordIntervalMs;
      this.#put(this.#recorder.cut(this.#watch.state, clock.wallMs()));
      await this.#send(signal);
    }
  }

  #put(recording: Recording): void {
    this.#waiting.push(recording);
    if (this.#waiting.length <= mostWaiting) return;
    this.#waiting.shift();
    this.#options.log.debug({}, 'a recording of signals was dropped: nobody has taken it for long');
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { recordings, log } = this.#options;
    for (let next = this.#waiting[0]; next && !signal.aborted; next = this.#waiting[0]) {
      try {
        if (!(await recordings?.keep(next, { signal }))) return;
      } catch (error) {
        if (!signal.aborted) log.debug({ error }, 'a recording of signals was not taken');
        return;
      }
      this.#waiting.shift();
    }
  }
}
