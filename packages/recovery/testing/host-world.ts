/**
 * A small cloud of hosts that a recovery of a host is played in, one effect after the other, with dice for what goes wrong.
 * It watches over the promises: no second evacuation beside one under way, nothing lost, power brought back.
 */
import {
  decide,
  type Evacuation,
  fold,
  type HostContext,
  type HostInstance,
  initialRecovery,
  type RecoveryEffect,
  type RecoveryEvent,
  type RecoveryPolicy,
  type RecoveryState,
} from '../src/index.ts';
import { acceptedAt, policy, subject } from './story.ts';

type Vm = { uuid: string; host: string; state: string; running: boolean; evacuation: Evacuation | null };

export type HostWorldOptions = {
  /** `underWay`: somebody else's evacuation of it goes on, since so many milliseconds after the acceptance. */
  vms: readonly {
    state?: string;
    metadata?: Record<string, string>;
    fits?: readonly string[];
    underWay?: number;
  }[];
  context?: Partial<HostContext>;
  policy?: Partial<RecoveryPolicy['host']>;
  payload?: { event?: 'STARTED' | 'STOPPED'; hostStatus?: 'NORMAL' | 'UNKNOWN' | null };
  /** 0…99 for each chance; kind once it is used up. */
  dice?: number[];
  /** Milliseconds that an evacuation takes. */
  tookMs?: number;
  /** An operator aborts it before the effect of this step is carried out, counted from 0. */
  abortAtStep?: number;
  /** How often an operator has it tried again after an end that allows it; and what is done to the world before. */
  retries?: number;
  beforeRetry?: (world: HostWorld) => void;
  /** Who has all the turns when this recovery asks for one, the first time, the second, …; then it has one. */
  turns?: string[][];
};

export const failed = 'compute-1';

export class HostWorld {
  readonly log: string[] = [];
  readonly breaches: string[] = [];
  readonly vms: Vm[];
  readonly journal: RecoveryEvent[] = [];
  readonly out = new Set<string>();
  state: RecoveryState = initialRecovery;
  atMs = 0;
  most = 0;
  /** Whether its compute service reports. */
  alive = false;
  /** The context from now on. */
  changes: Partial<HostContext> = {};
  readonly #options: HostWorldOptions;
  readonly #rules: RecoveryPolicy;
  readonly #evacuations: { evacuation: Evacuation; endsMs: number; target: string | null }[] = [];
  #count = 0;

  constructor(options: HostWorldOptions) {
    this.#options = options;
    this.#rules = { ...policy, host: { ...policy.host, ...options.policy } };
    this.vms = options.vms.map(({ state = 'active' }, index) => ({
      uuid: `vm-${index + 1}`,
      host: failed,
      state,
      running: state === 'active',
      evacuation: null,
    }));
    for (const [index, { underWay }] of options.vms.entries())
      if (underWay !== undefined) this.#begin(this.#vm(`vm-${index + 1}`), null, underWay);
  }

  play(): RecoveryState {
    const told = { ...subject(), host: failed };
    const payload = {
      type: 'COMPUTE_HOST' as const,
      event: this.#options.payload?.event ?? 'STOPPED',
      hostStatus:
        this.#options.payload?.hostStatus === undefined
          ? ('NORMAL' as const)
          : this.#options.payload.hostStatus,
      clusterStatus: null,
    };
    const begun = { type: 'begun' as const, subject: { ...told, payload }, policy: {} };
    let retriesLeft = this.#options.retries ?? 0;
    let effects = this.#feed({ ...begun, atMs: 0 });
    for (let steps = 0; steps < 5000; steps += 1) {
      if (steps % 7 === 0 && steps < 300) this.#replay();
      if (this.#roll() < 4) {
        this.log.push('taken over');
        effects = this.#feed({ type: 'taken-over', atMs: this.atMs, worker: 'another' });
        continue;
      }
      const [effect] = effects;
      if (!effect) throw new Error(`nothing to do: ${this.state.phase}`);
      if (steps === this.#options.abortAtStep && effect.type !== 'end') {
        this.log.push('aborted');
        effects = this.#feed({ type: 'aborted', atMs: this.atMs, by: 'ada', reason: 'by hand' });
        continue;
      }
      if (effect.type === 'end') {
        this.#feed({ type: 'ended', atMs: this.atMs, ...effect.end });
        if (steps < 1000) this.#replay();
        this.log.push(`${effect.end.status} by ${effect.end.rule}: ${effect.end.reason}`);
        if (this.#aborted && this.vms.some(({ evacuation }) => evacuation?.progress === 'running'))
          this.breaches.push('an abort left an evacuation under way');
        if (effect.end.status === 'finished' || retriesLeft === 0) return this.state;
        retriesLeft -= 1;
        this.#options.beforeRetry?.(this);
        this.log.push('retried');
        effects = this.#feed({ ...begun, atMs: this.atMs, retry: { by: 'ada', reason: null } });
        continue;
      }
      effects = this.#carryOut(effect);
    }
    throw new Error('it never ends');
  }

  get #aborted(): boolean {
    return this.state.workflow === 'host' && this.state.facts.aborted !== null;
  }

  #replay(): void {
    const replayed = JSON.stringify(fold(this.#rules, JSON.parse(JSON.stringify(this.journal))));
    if (replayed !== JSON.stringify(this.state)) this.breaches.push('a replayed journal gives another state');
  }

  #roll(): number {
    return this.#options.dice?.shift() ?? 99;
  }

  #feed(event: RecoveryEvent): RecoveryEffect[] {
    this.journal.push(event);
    const decision = decide(this.#rules, this.state, event);
    this.state = decision.state;
    return decision.effects;
  }

  #carryOut(effect: Exclude<RecoveryEffect, { type: 'end' }>): RecoveryEffect[] {
    const { atMs } = this;
    switch (effect.type) {
      case 'ask-context':
        return this.#feed({ type: 'host-context', atMs, context: this.#context() });
      case 'take-turn': {
        const others = this.#options.turns?.shift();
        if (others) this.log.push(`waits for ${others.join(', ')}`);
        return this.#feed({ type: 'turn', atMs, taken: !others, hosts: others ?? [] });
      }
      case 'look-host':
        return this.#feed({
          type: 'host-looked',
          atMs,
          sighting:
            this.#roll() < 8
              ? { seen: 'could-not-look', detail: 'Nova is away' }
              : {
                  seen: 'host',
                  up: this.alive,
                  enabled: !this.out.has(failed),
                  disabledReason: null,
                  forcedDown: this.out.has(failed),
                  detail: this.alive ? 'state up' : 'state down',
                },
        });
      case 'host-act': {
        const { act, host, attempt } = effect;
        if (this.#aborted) this.breaches.push(`${act} ${host} was begun after an abort`);
        let next = this.#feed({ type: 'host-act-begun', atMs, act, host, attempt });
        if (this.#roll() < 8) return next.length > 0 ? next : this.#dies();
        const outcome = this.#roll() < 8 ? 'failed' : 'done';
        if (outcome === 'done') {
          this.log.push(`${act} ${host}`);
          if (act === 'put-out-of-service') this.out.add(host);
          else this.out.delete(host);
        }
        next = this.#feed({ type: 'host-act-ended', atMs, act, host, outcome, detail: outcome });
        return next;
      }
      case 'list-instances': {
        const listed = this.#roll() >= 8;
        const listing = listed
          ? ({ listed, instances: this.#instances() } as const)
          : ({ listed: false, detail: 'Nova is away' } as const);
        return this.#feed({ type: 'instances', atMs, listing });
      }
      case 'list-evacuations': {
        this.#pass(0);
        if (this.#roll() < 8)
          return this.#feed({
            type: 'evacuations',
            atMs,
            listing: { listed: false, detail: 'Nova is away' },
          });
        const evacuations = this.#evacuations.map(({ evacuation }) => ({ ...evacuation })).reverse();
        return this.#feed({ type: 'evacuations', atMs, listing: { listed: true, evacuations } });
      }
      case 'evacuate': {
        if (this.#aborted) this.breaches.push('evacuations were asked for after an abort');
        this.#feed({ type: 'evacuations-begun', atMs, asks: effect.asks });
        const dies = this.#roll() < 8;
        const answers = [];
        for (const ask of effect.asks) {
          if (dies && this.#roll() < 50) break;
          answers.push({ instanceUuid: ask.instanceUuid, ...this.#evacuate(ask.instanceUuid, ask.target) });
        }
        return dies ? this.#dies() : this.#feed({ type: 'evacuations-asked', atMs, answers });
      }
      case 'restore': {
        const results = effect.wishes.map(({ instanceUuid, running }) => {
          const vm = this.#vm(instanceUuid);
          if (running !== undefined) vm.running = running;
          return { instanceUuid, outcome: 'done' as const, detail: '' };
        });
        return this.#feed({ type: 'restored', atMs, results });
      }
      case 'wait':
        this.#pass(effect.untilMs - atMs);
        return this.#feed({ type: 'tick', atMs: this.atMs });
      case 'look':
      case 'ask-budget':
      case 'await-heartbeat':
      case 'await-further':
      case 'act':
      case 'ask-process-context':
      case 'monitor-act':
      case 'look-service':
      case 'service-act':
        throw new Error(`not of a host: ${effect.type}`);
    }
  }

  #dies(): RecoveryEffect[] {
    this.log.push('taken over');
    this.#pass(3000);
    return this.#feed({ type: 'taken-over', atMs: this.atMs, worker: 'another' });
  }

  #context(): HostContext {
    return {
      segment: { uuid: 's', name: 'rack', method: 'auto', enabled: true },
      onMaintenance: false,
      reservedHosts: [],
      segmentHosts: ['compute-2', 'compute-3'],
      failing: { failed: 1, of: 3 },
      ruling: 'none',
      ...this.#options.context,
      ...this.changes,
    };
  }

  #instances(): HostInstance[] {
    return this.vms
      .filter(({ host }) => host === failed)
      .map((vm, index) => ({
        instanceUuid: vm.uuid,
        name: vm.uuid,
        vmState: vm.state,
        taskState: null,
        running: vm.running,
        locked: false,
        lockedReason: null,
        metadata: this.#options.vms[index]?.metadata ?? {},
      }));
  }

  #vm(uuid: string): Vm {
    const vm = this.vms.find(one => one.uuid === uuid);
    if (!vm) throw new Error(`no ${uuid}`);
    return vm;
  }

  #evacuate(uuid: string, target: string | null) {
    const vm = this.#vm(uuid);
    if (!this.out.has(failed)) this.breaches.push(`${uuid} was evacuated from a host that is in service`);
    if (vm.evacuation?.progress === 'running')
      this.breaches.push(`${uuid} was evacuated twice at the same time`);
    if (vm.host !== failed) {
      this.breaches.push(`${uuid} was evacuated although it had been moved`);
      return { answer: 'moved' as const, detail: '' };
    }
    const chance = this.#roll();
    if (chance < 6) return { answer: 'failed' as const, detail: 'Nova answered with 500' };
    if (chance < 9) return { answer: 'in-doubt' as const, detail: 'no answer' };
    this.#begin(vm, target, this.atMs);
    this.log.push(`${uuid} to ${target ?? 'any'}`);
    this.most = Math.max(this.most, this.vms.filter(one => one.evacuation?.progress === 'running').length);
    return chance < 12
      ? { answer: 'in-doubt' as const, detail: 'no answer' }
      : { answer: 'accepted' as const, detail: '' };
  }

  #begin(vm: Vm, target: string | null, atMs: number): void {
    this.#count += 1;
    const evacuation: Evacuation = {
      uuid: `evacuation-${this.#count}`,
      instanceUuid: vm.uuid,
      progress: 'running',
      status: 'accepted',
      targetHost: null,
      startedAt: new Date(Date.parse(acceptedAt) + atMs + this.#count).toISOString(),
      updatedAt: null,
    };
    vm.evacuation = evacuation;
    this.#evacuations.push({ evacuation, endsMs: atMs + (this.#options.tookMs ?? 4000), target });
  }

  #pass(ms: number): void {
    this.atMs += ms;
    for (const { evacuation, endsMs, target } of this.#evacuations) {
      if (evacuation.progress !== 'running' || endsMs > this.atMs) continue;
      const vm = this.#vm(evacuation.instanceUuid);
      const index = Number(vm.uuid.slice(3)) - 1;
      const to = target ?? 'compute-9';
      const fits = this.#options.vms[index]?.fits ?? [to];
      const works = fits.includes(to) && this.#roll() >= 6;
      evacuation.progress = works ? 'moved' : 'failed';
      evacuation.status = works ? 'done' : 'error';
      if (!works) continue;
      evacuation.targetHost = to;
      vm.host = to;
      vm.running = vm.state !== 'stopped';
    }
  }
}
