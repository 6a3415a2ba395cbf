import type {
  HostSighting,
  MonitorAnswer,
  ProcessContext,
  RecoveryEffect,
  RecoveryEvent,
} from '../src/index.ts';
import { decide, fold, initialRecovery, type RecoveryPolicy, type RecoveryState } from '../src/index.ts';
import { policy as plain } from './story.ts';

export type ProcessWorldOptions = {
  process?: string;
  event?: 'STOPPED' | 'STARTED';
  policy?: Partial<RecoveryPolicy['process']> & { mode?: 'act' | 'observe' };
  context?: Partial<ProcessContext>;
  /** Whether the process runs at first; `stopped`: by somebody's wish. */
  is?: 'running' | 'dead' | 'stopped';
  /** How each restart ends, in order; `revives` when there are no more. `hangs`: the process runs, and the cloud does not hear it. */
  restarts?: (
    | 'revives'
    | 'fails'
    | 'refused'
    | 'hangs'
    | 'came-back'
    | 'in-doubt-done'
    | 'in-doubt-not'
    | 'expired'
  )[];
  /** Looks of the monitor that tell nothing, before those that do. */
  blindLooks?: ('expired' | 'in-doubt' | 'refused' | 'could-not-look')[];
  service?: Partial<Extract<HostSighting, { seen: 'host' }>>;
  expiryMs?: number;
  /** How often the cloud is away when it is asked. */
  cloudAway?: number;
  /** Acts on the service that fail, before those that do not. */
  actsFail?: number;
  /** Called before each step; a fact it answers comes first. */
  intrude?: (step: number, atMs: number) => RecoveryEvent | undefined;
};

const reportMs = 10_000;

/** A monitor, a process and a cloud that do what a story says; the machine is asked until it ends. */
export class ProcessWorld {
  readonly log: string[] = [];
  readonly journal: RecoveryEvent[] = [];
  readonly service: Extract<HostSighting, { seen: 'host' }>;
  atMs = 0;
  runs: boolean;
  heard: boolean;
  restartsDone = 0;
  readonly #told: ProcessWorldOptions;
  readonly #policy: RecoveryPolicy;
  #state: RecoveryState = initialRecovery;
  #restarts: NonNullable<ProcessWorldOptions['restarts']>;
  #blind: NonNullable<ProcessWorldOptions['blindLooks']>;
  #away: number;
  #actsFail: number;
  #frozenReport: string | null = null;
  /** By number: what was asked is asked once. */
  readonly #answers = new Map<string, MonitorAnswer>();

  constructor(told: ProcessWorldOptions = {}) {
    const { mode = 'act', ...process } = told.policy ?? {};
    this.#told = told;
    const { expiryMs = plain.expiryMs } = told;
    this.#policy = { ...plain, mode, expiryMs, process: { ...plain.process, ...process } };
    this.#restarts = [...(told.restarts ?? [])];
    this.#blind = [...(told.blindLooks ?? [])];
    this.#away = told.cloudAway ?? 0;
    this.#actsFail = told.actsFail ?? 0;
    this.runs = told.is === 'running';
    this.heard = this.runs;
    this.service = {
      seen: 'host',
      up: true,
      enabled: true,
      disabledReason: null,
      forcedDown: false,
      detail: 'as the books say',
      ...told.service,
    };
  }

  /** `retry`: it has ended, and an operator has it tried again. */
  play(retry?: { by: string; reason: string | null }): this {
    const { process = 'nova-compute', event = 'STOPPED', intrude } = this.#told;
    let effect = this.#feed({
      type: 'begun',
      atMs: this.atMs,
      ...(retry ? { retry } : {}),
      policy: {},
      subject: {
        notificationUuid: '11111111-2222-4333-8444-555555555555',
        incidentKey: `process/compute-1/${process}/1`,
        host: 'compute-1',
        payload: { type: 'COMPUTE_PROCESS', event, processName: process },
      },
    });
    for (let step = 1; ; step += 1) {
      if (step > 3000) throw new Error(`it does not end: ${this.log.slice(-20).join(' · ')}`);
      const intruder = retry ? undefined : intrude?.(step, this.atMs);
      if (intruder) {
        effect = this.#feed(intruder);
        continue;
      }
      if (!effect)
        throw new Error(`nothing is to be done, and it has not ended: ${JSON.stringify(this.#state)}`);
      if (effect.type === 'end') {
        const { status, rule, reason } = effect.end;
        this.log.push(`${status} by ${rule}: ${reason}`);
        this.#feed({ type: 'ended', atMs: this.atMs, ...effect.end });
        return this;
      }
      effect = this.#carryOut(effect);
    }
  }

  /** What the journal folds to is what the machine is in, whatever was played. */
  isReplayable(): boolean {
    const again = fold(this.#policy, JSON.parse(JSON.stringify(this.journal)) as RecoveryEvent[]);
    return JSON.stringify(again) === JSON.stringify(this.#state);
  }

  #feed(event: RecoveryEvent): RecoveryEffect | undefined {
    this.journal.push(event);
    const { state, effects } = decide(this.#policy, this.#state, event);
    this.#state = state;
    if (effects.length > 1) throw new Error(`more than one thing at a time: ${JSON.stringify(effects)}`);
    return effects[0];
  }

  #carryOut(effect: RecoveryEffect): RecoveryEffect | undefined {
    const { atMs } = this;
    switch (effect.type) {
      case 'ask-process-context':
        return this.#feed({
          type: 'process-context',
          atMs,
          context: {
            segment: { name: 'rack', enabled: true },
            onMaintenance: false,
            earlierOpen: false,
            deaths: 1,
            ...this.#told.context,
          },
        });
      case 'monitor-act': {
        const { kind, number } = effect;
        this.#feed({ type: 'monitor-act-begun', atMs, kind, number });
        const key = `${number}/${kind}`;
        const answer =
          this.#answers.get(key) ?? (kind === 'restart-process' ? this.#restart() : this.#look());
        this.#answers.set(key, answer);
        this.atMs += 100;
        return this.#feed({ type: 'monitor-act-ended', atMs: this.atMs, kind, number, ...answer });
      }
      case 'look-service': {
        if (this.#away > 0) {
          this.#away -= 1;
          return this.#feed({
            type: 'service-looked',
            atMs,
            sighting: { seen: 'could-not-look', detail: 'the cloud is away' },
          });
        }
        return this.#feed({ type: 'service-looked', atMs, sighting: this.#serviceNow() });
      }
      case 'service-act': {
        this.#feed({ type: 'service-act-begun', atMs, act: effect.act });
        const fails = this.#actsFail > 0;
        this.#actsFail -= 1;
        this.log.push(`${effect.act}${fails ? ' fails' : ''}`);
        if (!fails) {
          const isDisable = effect.act === 'disable';
          Object.assign(this.service, {
            enabled: !isDisable,
            disabledReason: isDisable
              ? (this.service.disabledReason ?? 'Instance HA: nova-compute is dead (notification 1)')
              : null,
          });
        }
        const outcome = fails ? 'failed' : 'done';
        return this.#feed({ type: 'service-act-ended', atMs, act: effect.act, outcome, detail: 'told' });
      }
      case 'wait':
        this.atMs = Math.max(effect.untilMs, this.atMs);
        return this.#feed({ type: 'tick', atMs: this.atMs });
      default:
        throw new Error(`no recovery of a process asks for ${effect.type}`);
    }
  }

  #serviceNow(): HostSighting {
    const now = String(Math.floor(this.atMs / reportMs));
    if (this.runs && this.heard) return { ...this.service, reportedAt: now };
    this.#frozenReport ??= now;
    // A cloud believes the dead to be up for a minute.
    return { ...this.service, up: this.atMs < 60_000, reportedAt: this.#frozenReport };
  }

  #look(): MonitorAnswer {
    const blind = this.#blind.shift();
    this.log.push(`look${blind ? ` ${blind}` : ''}`);
    if (blind === 'could-not-look')
      return { outcome: 'done', detail: blind, sighting: { seen: 'could-not-look', detail: 'no /proc' } };
    if (blind) return { outcome: blind, detail: `told to be ${blind}`, sighting: null };
    return { outcome: 'done', detail: 'looked', sighting: this.#sighting() };
  }

  #sighting(): NonNullable<MonitorAnswer['sighting']> {
    if (this.runs) return { seen: 'running', life: `life-${this.restartsDone}`, detail: 'runs as process 7' };
    return {
      seen: 'absent',
      wish: this.#told.is === 'stopped' ? 'stopped' : 'none',
      detail: 'no such process',
    };
  }

  #restart(): MonitorAnswer {
    const goes = this.#restarts.shift() ?? 'revives';
    this.log.push(`restart ${goes}`);
    switch (goes) {
      case 'revives':
      case 'hangs':
        this.restartsDone += 1;
        this.runs = true;
        this.heard = goes === 'revives';
        return { outcome: 'done', detail: 'runs as process 7', sighting: this.#sighting() };
      case 'in-doubt-done':
        this.restartsDone += 1;
        this.runs = true;
        this.heard = true;
        return { outcome: 'in-doubt', detail: 'the monitor was stopped', sighting: null };
      case 'in-doubt-not':
        return { outcome: 'in-doubt', detail: 'the monitor was stopped', sighting: null };
      case 'fails':
        return { outcome: 'failed', detail: 'ended with exit code 1', sighting: this.#sighting() };
      case 'came-back':
        this.runs = true;
        this.heard = true;
        return { outcome: 'refused', detail: 'left alone', sighting: this.#sighting() };
      case 'refused':
        return { outcome: 'refused', detail: 'names no command', sighting: null };
      case 'expired':
        return { outcome: 'expired', detail: 'not taken in time', sighting: null };
    }
  }
}
