import type { ActionSource, Counter, ReportedAnswer, TakenAction } from '@instance-ha/ports';
import type { ProcessSighting } from '@instance-ha/process-health';
import { monitorActionKinds, monitorOutcomes } from '@instance-ha/recovery';
import { backoffMs } from '@instance-ha/runtime';
import { ActionJournal } from './action-journal.ts';
import type { PatrolOptions } from './options.ts';
import type { ProcessPatrolOptions } from './process-options.ts';

/**
 * Does what is asked of this monitor about processes: at most once, and only what its own configuration names.
 *
 * A restart is in the journal before it is begun. A monitor that finds one there which it did not end itself does not know
 * how it went, says so, and does not begin it again.
 */
export class ActionDuty {
  readonly #options: PatrolOptions;
  readonly #processes: ProcessPatrolOptions;
  readonly #source: ActionSource;
  readonly #journal: ActionJournal;
  readonly #done: Counter<'kind' | 'outcome'>;
  /** Under way in this process. */
  readonly #working = new Map<string, Promise<void>>();
  /** Ended in this process, the newest: an answer that was on its way meanwhile may still give them. */
  readonly #ended = new Set<string>();

  constructor(options: PatrolOptions, processes: ProcessPatrolOptions, source: ActionSource) {
    this.#options = options;
    this.#processes = processes;
    this.#source = source;
    this.#journal = new ActionJournal(processes.journal);
    this.#done = options.metrics.counter({
      name: 'vmha_monitor_actions_total',
      help: 'What was asked of this monitor, by how it ended.',
      labels: { kind: monitorActionKinds, outcome: monitorOutcomes.filter(one => one !== 'expired') },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    await this.#journal.open();
    let failures = 0;
    while (!signal.aborted) {
      const taken = await this.#source.take({ waitMs: longPollMs, signal });
      if (signal.aborted) break;
      if (taken === null) {
        failures += 1;
        await clock.sleep(backoffMs(awayBackoff, failures, random), signal).catch(() => {});
        continue;
      }
      failures = 0;
      for (const action of taken) this.#begin(action, signal);
      // What is given is given again until it is reported: asking at once would only turn.
      if (taken.length > 0)
        await Promise.race([clock.sleep(betweenMs, signal), ...this.#working.values()]).catch(() => {});
    }
    await Promise.allSettled(this.#working.values());
    log.debug({}, 'nothing asked of this monitor is under way');
  }

  #begin(action: TakenAction, signal: AbortSignal): void {
    const { uuid } = action;
    if (this.#working.has(uuid) || this.#ended.has(uuid)) return;
    const dueMs = this.#options.clock.monotonicMs() + action.leftMs - marginMs;
    const work = this.#work(action, dueMs, signal)
      .catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.log.error({ action, error }, 'a defect ended what was asked of this monitor');
      })
      .finally(() => this.#working.delete(uuid));
    this.#working.set(uuid, work);
  }

  async #work(action: TakenAction, dueMs: number, signal: AbortSignal): Promise<void> {
    const { uuid, kind, processName } = action;
    const { log, clock, random } = this.#options;
    const answer = await this.#answer(action, dueMs, signal);
    for (let failures = 1; !signal.aborted; failures += 1) {
      const reported = await this.#source.report(uuid, answer, { signal });
      if (reported !== 'unavailable') {
        if (reported === 'over') log.warn({ action: uuid, ...answer }, 'a report came too late');
        break;
      }
      if (clock.monotonicMs() > dueMs + marginMs) break; // The database has ended it by now.
      await clock.sleep(backoffMs(awayBackoff, failures, random), signal).catch(() => {});
    }
    if (signal.aborted) return;
    this.#done.add(1, { kind, outcome: answer.outcome });
    log.info(
      { action: uuid, kind, process: processName, ...answer },
      'what was asked of this monitor has ended',
    );
    this.#ended.add(uuid);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= endedMax) break;
      this.#ended.delete(oldest);
    }
    await this.#journal.forget(uuid);
  }

  async #answer(action: TakenAction, dueMs: number, signal: AbortSignal): Promise<ReportedAnswer> {
    const { uuid, kind, processName } = action;
    const { watched, lookTimeoutMs } = this.#processes.policy();
    const known = this.#journal.of(uuid);
    if (known?.answer) return known.answer;
    if (known)
      return {
        outcome: 'in-doubt',
        detail: 'this monitor was stopped while it did it',
        sighting: await this.#look(processName, lookTimeoutMs, signal),
      };
    if (!watched.includes(processName))
      return {
        outcome: 'refused',
        detail: `[process] processes does not name ${processName}`,
        sighting: null,
      };
    if (kind === 'look-at-process') {
      const sighting = await this.#look(processName, lookTimeoutMs, signal);
      return { outcome: 'done', detail: sighting.detail, sighting };
    }
    return this.#restart(action, dueMs, signal);
  }

  async #restart(action: TakenAction, dueMs: number, signal: AbortSignal): Promise<ReportedAnswer> {
    const { uuid, processName } = action;
    const { clock, log } = this.#options;
    const { restartTimeoutMs, lookTimeoutMs } = this.#processes.policy();
    const before = await this.#look(processName, lookTimeoutMs, signal);
    // What runs now need not be what was meant: somebody, or its service manager, may have been faster.
    if (before.seen === 'running' && before.life !== action.life)
      return { outcome: 'refused', detail: `left alone: ${before.detail}`, sighting: before };
    if (before.seen === 'absent' && before.wish === 'stopped')
      return { outcome: 'refused', detail: `left alone: ${before.detail}`, sighting: before };
    if (before.seen === 'could-not-look')
      return { outcome: 'failed', detail: `not begun: ${before.detail}`, sighting: before };
    const untilMs = Math.min(dueMs, clock.monotonicMs() + restartTimeoutMs);
    if (untilMs <= clock.monotonicMs())
      return { outcome: 'failed', detail: 'it came too late to be begun', sighting: before };
    try {
      await this.#journal.begin(uuid);
    } catch (error) {
      log.error({ error }, 'the journal of this monitor cannot be written: nothing is restarted');
      return { outcome: 'failed', detail: 'the journal of this monitor cannot be written', sighting: before };
    }
    log.warn({ action: uuid, process: processName, before: before.detail }, 'a process is being restarted');
    const answer = await this.#doRestart(processName, { before, untilMs, signal });
    // Kept until it is reported, so that a monitor that ends in between tells it all the same.
    await this.#journal.end(uuid, answer).catch((error: unknown) => {
      log.error({ error }, 'the journal of this monitor cannot be written');
    });
    return answer;
  }

  async #doRestart(
    processName: string,
    { before, untilMs, signal }: { before: ProcessSighting; untilMs: number; signal: AbortSignal },
  ): Promise<ReportedAnswer> {
    const { clock } = this.#options;
    const { lookTimeoutMs } = this.#processes.policy();
    const timeoutMs = untilMs - clock.monotonicMs();
    const { outcome, detail } = await this.#processes.hands.restart(processName, { timeoutMs, signal });
    for (;;) {
      const sighting = await this.#look(processName, lookTimeoutMs, signal);
      if (outcome !== 'done') return { outcome, detail, sighting };
      if (sighting.seen === 'running' && !(before.seen === 'running' && before.life === sighting.life))
        return { outcome: 'done', detail: sighting.detail, sighting };
      if (clock.monotonicMs() >= untilMs)
        return {
          outcome: 'failed',
          detail: `${detail}, and no other process was seen: ${sighting.detail}`,
          sighting,
        };
      await clock.sleep(seenPollMs, signal);
    }
  }

  #look(processName: string, timeoutMs: number, signal: AbortSignal): Promise<ProcessSighting> {
    return this.#processes.probe.look(processName, { timeoutMs, signal });
  }
}

/** More than can be open at once. */
const endedMax = 200;
const longPollMs = 20_000;
/** Of the time an action has, what is left for the report to arrive in. */
const marginMs = 2000;
const betweenMs = 1000;
const seenPollMs = 250;
const awayBackoff = { firstMs: 500, maxMs: 15_000 };
