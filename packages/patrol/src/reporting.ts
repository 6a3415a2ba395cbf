import { type GuestView, viewHost } from '@instance-ha/guest-health';
import { incidentKey } from '@instance-ha/notification';
import type { MonitorReport, ReportedGuest } from '@instance-ha/ports';
import { Doorbell } from '@instance-ha/runtime';
import type { PatrolOptions } from './options.ts';
import type { Watch } from './watch.ts';

/**
 * Tells the API what is believed: changes at once (those of a few milliseconds together), everything each interval.
 *
 * A report that was not taken is not repeated; the next one is complete and mends it.
 */
export class Reporting {
  readonly #options: PatrolOptions;
  readonly #watch: Watch;
  readonly #startedAt: string;
  readonly #blind: () => { cause: string } | null;
  #sequence = 0;
  #urgent = false;
  readonly #changed: Doorbell;

  constructor(options: PatrolOptions, watch: Watch) {
    this.#options = options;
    this.#watch = watch;
    this.#changed = new Doorbell({ clock: options.clock });
    this.#startedAt = new Date(options.clock.wallMs()).toISOString();
    this.#blind = () => viewHost(watch.state).blind;
  }

  /** Something changed that somebody waits for. */
  soon(): void {
    this.#urgent = true;
    this.#changed.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, policy } = this.#options;
    let completeAtMs = clock.monotonicMs();
    while (!signal.aborted) {
      const nowMs = clock.monotonicMs();
      const complete = nowMs >= completeAtMs;
      if (complete || this.#urgent) {
        this.#urgent = false;
        const taken = await this.#send(complete, signal);
        if (complete) completeAtMs = nowMs + policy().reportIntervalMs;
        if (!taken) completeAtMs = Math.min(completeAtMs, clock.monotonicMs() + retryMs);
        await clock.sleep(gatherMs, signal).catch(() => {});
        continue;
      }
      await this.#changed.wait({ signal, atMostMs: Math.max(1, completeAtMs - nowMs) });
    }
  }

  async #send(complete: boolean, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#options.reporter.report(this.#report(complete), { signal });
    } catch (error) {
      if (!signal.aborted) this.#options.log.debug({ error }, 'a report was not taken');
      return false;
    }
  }

  #report(complete: boolean): MonitorReport {
    const { host, session, version, policy, spool } = this.#options;
    const seen = viewHost(this.#watch.state);
    const blind = this.#blind();
    this.#sequence += 1;
    return {
      host,
      session,
      sequence: this.#sequence,
      version,
      startedAt: this.#startedAt,
      sentAt: new Date(this.#options.clock.wallMs()).toISOString(),
      state: blind ? 'blind' : seen.sighted ? 'watching' : 'starting',
      cause: blind?.cause ?? null,
      mode: 'libvirt',
      checkIntervalMs: policy().guest.checkIntervalMs,
      gate: { suspect: seen.gate.suspect, silent: seen.gate.silent, heard: seen.gate.heard },
      spoolDepth: spool.depth,
      complete,
      guests: this.#watch.views(complete ? 'all' : 'changed').map(view => this.#guest(view)),
    };
  }

  #guest(view: GuestView): ReportedGuest {
    const { instanceUuid, incident } = view;
    const { host } = this.#options;
    return {
      instanceUuid,
      instanceName: view.instanceName,
      phase: view.phase,
      why: view.why,
      since: this.#wall(view.sinceMs),
      lastBeatAt: view.lastBeatMs === null ? null : this.#wall(view.lastBeatMs),
      misses: view.misses,
      boot: view.boot,
      agentChannel: view.profile?.agentChannel ?? false,
      incidentKey:
        incident &&
        incidentKey({
          type: 'COMPUTE_INSTANCE',
          host,
          instanceUuid,
          boot: incident.boot,
          sequence: incident.sequence,
        }),
      heardAgainAt: incident?.heardAgainAtMs == null ? null : this.#wall(incident.heardAgainAtMs),
      heardAgainBoot: incident?.heardAgainBoot ?? null,
    };
  }

  /** A monotonic instant on the wall clock, as it goes now. */
  #wall(atMs: number): string {
    const { clock } = this.#options;
    return new Date(clock.wallMs() - (clock.monotonicMs() - atMs)).toISOString();
  }
}

/** Changes within so long of each other travel together. */
const gatherMs = 20;
const retryMs = 2000;
