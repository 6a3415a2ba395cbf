import { incidentKey } from '@instance-ha/notification';
import type { Counter, FiledNotification, Gauge } from '@instance-ha/ports';
import {
  decideProcess,
  fromProcessRecord,
  initialProcess,
  type ProcessEffect,
  type ProcessSighting,
  type ProcessState,
  toProcessRecord,
} from '@instance-ha/process-health';
import type { Filing } from './filing.ts';
import type { PatrolOptions } from './options.ts';
import type { ProcessPatrolOptions } from './process-options.ts';

/** What was never seen is looked for in every so manyth round only: it takes a walk over all processes of the host. */
const roundsBetweenSearches = 6;

/**
 * Watches the processes that the configuration names, and files their deaths and returns.
 *
 * The key of an incident is the life that died, so that a monitor that is killed at any moment files the same again and
 * the database keeps one. The record is written after the notification is on disk.
 */
export class ProcessWatch {
  readonly #options: PatrolOptions;
  readonly #processes: ProcessPatrolOptions;
  readonly #filing: Filing;
  readonly #events: Counter<'event'>;
  readonly #down: Gauge;
  #states = new Map<string, ProcessState>();
  #saved = '';

  constructor(options: PatrolOptions, processes: ProcessPatrolOptions, filing: Filing) {
    this.#options = options;
    this.#processes = processes;
    this.#filing = filing;
    this.#events = options.metrics.counter({
      name: 'vmha_process_events_total',
      help: 'Deaths of watched processes that were filed, and returns.',
      labels: { event: ['died', 'back'] },
    });
    this.#down = options.metrics.gauge({
      name: 'vmha_processes_down',
      help: 'Watched processes that were seen running and are not now, those that somebody stopped left out.',
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const { record, probe, policy } = this.#processes;
    this.#states = fromProcessRecord(probe.bootId, await record.load());
    if (this.#states.size > 0)
      log.info({ processes: [...this.#states.keys()] }, 'processes remembered from before the restart');
    for (let round = 0; !signal.aborted; round += 1) {
      await this.#lookAtAll(round, signal);
      await clock.sleep(policy().checkIntervalMs, signal).catch(() => {});
    }
  }

  async #lookAtAll(round: number, signal: AbortSignal): Promise<void> {
    const { watched, lookTimeoutMs: timeoutMs } = this.#processes.policy();
    // One that is watched no longer has to be seen running anew, should it be watched again.
    for (const name of this.#states.keys()) if (!watched.includes(name)) this.#states.delete(name);
    for (const name of watched) {
      const isUnseen = (this.#states.get(name) ?? initialProcess).phase === 'unseen';
      if (isUnseen && round % roundsBetweenSearches !== 0) continue;
      try {
        this.#see(name, await this.#processes.probe.look(name, { timeoutMs, signal }));
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
    const phases = [...this.#states.values()].map(({ phase }) => phase);
    this.#down.set(phases.filter(phase => phase === 'missing' || phase === 'failed').length);
    await this.#save();
  }

  #see(name: string, sighting: ProcessSighting): void {
    const { clock, log } = this.#options;
    const atMs = clock.monotonicMs();
    const before = this.#states.get(name) ?? initialProcess;
    if (sighting.seen === 'could-not-look')
      log.warn({ process: name, why: sighting.detail }, 'a process could not be looked for');
    const { state, effects } = decideProcess(this.#processes.policy(), before, { sighting, atMs });
    this.#states.set(name, state);
    for (const effect of effects) this.#carryOut(name, effect, atMs);
  }

  #carryOut(name: string, effect: ProcessEffect, atMs: number): void {
    const { log } = this.#options;
    if (effect.type === 'moved') {
      const { from, to, detail } = effect;
      log.info({ process: name, from, to, detail }, 'process changed');
      return;
    }
    const { life, detail } = effect;
    this.#events.add(1, { event: effect.type });
    if (effect.type === 'died') log.warn({ process: name, life, detail }, 'a process died');
    else log.info({ process: name, life, detail }, 'a process is back');
    this.#filing.file(this.#notification(name, effect, atMs));
  }

  #notification(
    name: string,
    effect: Exclude<ProcessEffect, { type: 'moved' }>,
    atMs: number,
  ): FiledNotification {
    const { host } = this.#options;
    const { failureThreshold, checkIntervalMs, restartGraceMs } = this.#processes.policy();
    const died = effect.type === 'died';
    const window = `${died ? 'stopped' : 'started'} ${effect.life}`;
    return {
      incidentKey: incidentKey({ type: 'COMPUTE_PROCESS', host, processName: name, window }),
      host,
      faultAt: this.#wall(died ? effect.sinceMs : atMs),
      detectedAt: this.#wall(atMs),
      payload: { type: 'COMPUTE_PROCESS', event: died ? 'STOPPED' : 'STARTED', processName: name },
      evidence: {
        rule: died ? 'process-missing' : 'process-back',
        summary: died
          ? `${name} was running, and was missed ${effect.misses} times in a row`
          : `${name} runs again`,
        inputs: [{ signal: 'process', value: effect.detail.slice(0, 512), ageMs: 0 }],
        policy: { failureThreshold, checkIntervalMs, restartGraceMs },
      },
    };
  }

  async #save(): Promise<void> {
    const { record, probe } = this.#processes;
    const next = toProcessRecord(probe.bootId, this.#states);
    const text = JSON.stringify(next);
    if (text === this.#saved) return;
    await this.#filing.settled();
    try {
      await record.save(next);
      this.#saved = text;
    } catch (error) {
      this.#options.log.error(
        { error },
        'the record of processes could not be written: a restart of this monitor would forget which were seen running',
      );
    }
  }

  /** A monotonic instant on the wall clock, as it goes now. */
  #wall(atMs: number): string {
    const { clock } = this.#options;
    return new Date(clock.wallMs() - (clock.monotonicMs() - atMs)).toISOString();
  }
}
