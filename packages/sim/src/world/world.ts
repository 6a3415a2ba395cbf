import type { Config } from '@instance-ha/config';
import type { GuestScript } from '@instance-ha/libvirt-rpc/fake-server';
import type { FiledNotification, Pause } from '@instance-ha/ports';
import { memoryStores, settle, VirtualClock } from '@instance-ha/ports/fakes';
import { Api } from './api.ts';
import { type ConfText, readConf, silentAfterMsOf } from './conf.ts';
import { Disk } from './disk.ts';
import { guestDoings, meaningOf } from './guest-faults.ts';
import type { GuestTruth } from './guest-truth.ts';
import { Judge } from './judge.ts';
import type { LogLine } from './log.ts';
import type { Program } from './program.ts';
import { seededRandom } from './seeded-random.ts';
import { startMonitor } from './start-monitor.ts';
import { startWorker } from './start-worker.ts';
import { Teller } from './teller.ts';
import { Transcript } from './transcript.ts';
import { VirtualHost } from './virtual-host.ts';
import { VirtualProcesses } from './virtual-processes.ts';
import { type GuestSpec, guestSpecOf, WorldSpec } from './world-spec.ts';

/** What a command answers when it cannot happen as things are. */
export class DoesNotApply extends Error {
  override name = 'DoesNotApply';
}

/**
 * A small cloud in virtual time: the real patrol and probe on each host, the real engine and libvirt control in each
 * worker, real frames between them and the hosts' libvirtds. Made up are only the hypervisors behind the wire, the
 * database (`memoryStores`), disks, and the way to the API.
 *
 * Begins with every program running. One world plays at a time: chance is taken from the seed, `Math.random` included.
 */
export class World {
  readonly clock = new VirtualClock();
  readonly stores = memoryStores({ clock: this.clock });
  readonly transcript = new Transcript(this.clock);
  readonly judge: Judge;
  readonly api: Api;
  readonly hosts = new Map<string, VirtualHost>();
  readonly workers = new Map<string, Program>();
  /** Every line that a program logged as a warning or worse; for whoever looks into a failed story. */
  readonly warnings: string[] = [];
  readonly #specs = new Map<string, GuestSpec>();
  readonly #homes = new Map<string, string>();
  readonly #teller: Teller;
  readonly #random: () => number;
  readonly #conf: ConfText;
  readonly #processes: Readonly<Record<string, readonly string[]>>;
  #config: Config;
  #pause: { fromMs: number; untilMs: number } | undefined;
  #observingSinceMs: number | null = null;

  constructor(told: WorldSpec, options: { seed?: number } = {}) {
    const spec = WorldSpec.parse(told);
    const { clock, transcript, stores } = this;
    this.#random = seededRandom(options.seed ?? 1);
    this.#conf = structuredClone(spec.conf);
    this.#processes = spec.processes;
    this.#config = readConf(this.#conf);
    this.#noteMode();
    this.judge = new Judge({
      nowMs: () => clock.monotonicMs(),
      seconds: () => transcript.seconds(),
      pausedSinceMs: () => this.#pausedSinceMs(),
      observingSinceMs: () => this.#observingSinceMs,
      hearingLagMs: () => hearingLagMs(this.#config),
      mayBeUnheard: truth => this.#mayBeUnheard(truth),
    });
    this.#teller = new Teller({ transcript, nameOf: uuid => this.#nameOf(uuid) });
    this.api = new Api({
      stores,
      onStored: (record, duplicate) => this.#teller.stored(record, duplicate),
      onDefect: defect => this.judge.accuse(defect),
    });
    for (const [name, guests] of Object.entries(spec.hosts)) this.#addHost(name, guests.map(guestSpecOf));
    this.#teller.follow(stores.changes);
    for (const host of this.hosts.values()) this.startMonitor(host);
    for (let number = 1; number <= spec.workers; number += 1) this.startWorker(`worker-${number}`);
  }

  get config(): Config {
    return this.#config;
  }

  /** Lets time pass while `Math.random` is the world's. Ends early when `until` says so; answers whether it did. */
  async pass(ms: number, until: () => boolean = () => false): Promise<boolean> {
    const random = Math.random;
    Math.random = this.#random;
    try {
      return await this.clock.runUntil(until, ms);
    } finally {
      Math.random = random;
    }
  }

  /** Ends every program. */
  async close(): Promise<void> {
    for (const program of this.#programs()) program.kill();
    await settle();
  }

  /** The host of that name, and the guest of that name where it is active, or was defined last. */
  host(name: string): VirtualHost {
    const host = this.hosts.get(name);
    if (!host) throw new RangeError(`there is no host ${name}`);
    return host;
  }

  guest(name: string): { host: VirtualHost; truth: GuestTruth } {
    const found = [...this.hosts.values()].flatMap(host =>
      [...host.truths.values()].filter(truth => truth.name === name).map(truth => ({ host, truth })),
    );
    const here = found.filter(({ host, truth }) => host.has(truth));
    const best = here.find(({ truth }) => truth.guest.active) ?? here.at(-1) ?? found.at(-1);
    if (!best) throw new RangeError(`there is no guest ${name}`);
    return best;
  }

  specOf(name: string): GuestSpec {
    const spec = this.#specs.get(name);
    if (!spec) throw new RangeError(`there is no guest ${name}`);
    return spec;
  }

  /** The host on which the guest was when the world began. */
  homeOf(name: string): string {
    return this.#homes.get(name) ?? '';
  }

  /** Something befalls a guest, if it can. */
  inflict(name: string, script: GuestScript): void {
    const { host, truth } = this.guest(name);
    const { fits, byLibvirt } = guestDoings[script];
    if (!host.has(truth)) throw new DoesNotApply(`${name} is gone`);
    if (byLibvirt && host.libvirtdIs !== 'up')
      throw new DoesNotApply(`libvirtd of ${host.name} is ${host.libvirtdIs}`);
    if (!fits(truth)) throw new DoesNotApply(`${name} is ${truth.condition()}`);
    this.note(truth, meaningOf(script, truth));
    host.inflict(truth, script);
  }

  note(truth: GuestTruth, meaning: Parameters<GuestTruth['note']>[0]): void {
    if (meaning === 'wished-off' || meaning === 'wished-paused') this.judge.onWish(truth);
    truth.note(meaning);
  }

  startMonitor(host: VirtualHost): void {
    if (host.monitor) throw new DoesNotApply(`the monitor of ${host.name} runs`);
    host.noteMended();
    startMonitor({
      host,
      api: this.api,
      clock: this.clock,
      config: () => this.#config,
      random: this.#random,
      onLog: line => this.#onLog(host.name, line),
      onEnd: (program, error) => {
        if (host.monitor === program) host.monitor = undefined;
        this.#onEnd(program, error);
      },
    });
  }

  startWorker(name: string): void {
    if (this.workers.has(name)) throw new DoesNotApply(`${name} runs`);
    const program = startWorker({
      name,
      stores: this.stores,
      hosts: this.hosts,
      clock: this.clock,
      config: () => this.#config,
      telling: worker => ({
        onLog: line => this.#onLog(name, line),
        onRecovery: told => {
          const uuid = told.claim.notification.instanceUuid ?? '';
          const truth = this.hosts.get(told.claim.notification.host)?.truths.get(uuid);
          this.#teller.recovery(name, told);
          if (told.did === 'claimed') this.judge.onClaimed(told.claim);
          if (told.did === 'noted') this.judge.onNoted(told.claim, told.event, truth);
        },
        onAct: (act, host, uuid) => {
          const truth = host.truths.get(uuid);
          this.#teller.act(name, act, truth);
          if (act === 'destroy' && truth) this.judge.onDestroyAsked(truth);
        },
        onEnd: (_program, error) => {
          if (this.workers.get(name) === worker) this.workers.delete(name);
          this.#onEnd(worker, error);
        },
      }),
    });
    this.workers.set(name, program);
  }

  /** Kills, freezes or stops a program by its name; `monitor-HOST` or `worker-N`. */
  program(name: string): Program {
    const found = this.#programs().find(program => program.name === name);
    if (!found) throw new DoesNotApply(`${name} does not run`);
    return found;
  }

  kill(name: string): void {
    const program = this.program(name);
    program.kill();
    this.workers.delete(name);
    for (const host of this.hosts.values()) if (host.monitor === program) host.monitor = undefined;
  }

  async pause(seconds: number, reason: string): Promise<Pause> {
    const fromMs = this.clock.monotonicMs();
    const pause = await this.stores.pause.set({ reason, by: 'operator', forMs: seconds * 1000 });
    this.#pause = { fromMs, untilMs: fromMs + seconds * 1000 };
    return pause;
  }

  async unpause(): Promise<void> {
    await this.stores.pause.clear({ by: 'operator' });
    this.#pause = undefined;
  }

  setApi(is: Api['is']): void {
    if (this.api.is === is) throw new DoesNotApply(`the API is ${is}`);
    this.api.is = is;
    for (const host of this.hosts.values()) host.noteMended();
  }

  setDatabase(is: 'up' | 'away'): void {
    this.stores.fail(is === 'up' ? undefined : new Error('the database is away'));
    for (const host of this.hosts.values()) host.noteMended();
  }

  /** Sets one option of instance-ha.conf and has every program read it again. */
  setOption(section: string, option: string, value: string): void {
    this.#conf[section] = { ...this.#conf[section], [option]: value };
    this.#config = readConf(this.#conf);
    this.#noteMode();
  }

  /** What is left when the story is over, one line for each guest and each notification. */
  async summary(): Promise<string[]> {
    const guests = [...this.hosts.values()].flatMap(host =>
      [...host.truths.values()].map(truth => this.#teller.left(host, truth)),
    );
    const records = await this.stores.notifications.list({}, { limit: 1000 });
    const ends = records.reverse().map(record => this.#teller.leftOf(record));
    const processes = [...this.hosts.values()].flatMap(host => host.processes.left());
    return [...guests, ...processes, ...ends];
  }

  #addHost(name: string, guests: GuestSpec[]): void {
    const host = new VirtualHost({
      name,
      clock: this.clock,
      disk: new Disk({
        clock: this.clock,
        onSpooled: notification => this.#onSpooled(name, notification),
        onDefect: defect => this.judge.accuse(`${name}: ${defect}`),
      }),
      processes: new VirtualProcesses({
        host: name,
        names: this.#processes[name] ?? [],
        tell: words => this.transcript.tell(name, words),
        accuse: what => this.judge.accuse(`${name}: ${what}`),
      }),
      onRecoveryStarts: (_host, truth) => this.judge.onRecoveryStarts(truth),
    });
    this.hosts.set(name, host);
    for (const spec of guests) {
      this.#specs.set(spec.name, spec);
      this.#homes.set(spec.name, name);
      host.add(spec);
    }
  }

  #onSpooled(host: string, notification: FiledNotification): void {
    const { payload, incidentKey } = notification;
    if (payload.type === 'COMPUTE_INSTANCE') this.judge.onSpooled(incidentKey, payload.instanceUuid);
    this.#teller.filed(host, notification);
  }

  #onLog(who: string, { level, fields, message }: LogLine): void {
    this.#teller.log(who, fields);
    if (level !== 'warn' && level !== 'error' && level !== 'fatal') return;
    const words = `${this.transcript.seconds()} ${who} ${level}: ${message} ${inWords(fields)}`;
    this.warnings.push(words);
    const mayFail = [...this.hosts.values()].some(host => host.disk.failedWithin(1000));
    if (level !== 'warn' && !mayFail) this.judge.accuse(words);
  }

  #onEnd(program: Program, error: unknown): void {
    if (error !== undefined) this.judge.accuse(`${program.name} ended with ${inWords(error)}`);
    else if (!program.signal.aborted) this.judge.accuse(`${program.name} ended by itself`);
    this.transcript.tell(program.name, 'stopped');
  }

  #programs(): Program[] {
    const monitors = [...this.hosts.values()].flatMap(host => (host.monitor ? [host.monitor] : []));
    return [...monitors, ...this.workers.values()];
  }

  #noteMode(): void {
    const observes = this.#config.general.mode === 'observe';
    this.#observingSinceMs = observes ? (this.#observingSinceMs ?? this.clock.monotonicMs()) : null;
  }

  #pausedSinceMs(): number | null {
    if (!this.#pause || this.#pause.untilMs <= this.clock.monotonicMs()) return null;
    return this.#pause.fromMs;
  }

  /** Whether anything on the way from this guest to a worker was interrupted a moment ago, or is. */
  #mayBeUnheard(truth: GuestTruth): boolean {
    const host = [...this.hosts.values()].find(one => one.truths.get(truth.guest.uuid) === truth);
    if (!host) return false;
    const deaf = !host.monitor || host.libvirtdIs !== 'up' || this.api.is !== 'up';
    return deaf || this.clock.monotonicMs() - host.unheardUntilMs <= silentAfterMsOf(this.#config);
  }

  #nameOf(uuid: string): string {
    for (const host of this.hosts.values()) {
      const truth = host.truths.get(uuid);
      if (truth) return truth.name;
    }
    return uuid;
  }
}

/** A guest whose silence is known is asked at most 16 intervals apart; then its answer has to be reported. */
const hearingLagMs = ({ monitor }: Config): number =>
  17 * monitor.checkIntervalMs + monitor.pingTimeoutMs + monitor.reportIntervalMs;

function inWords(told: unknown): string {
  if (told instanceof Error) return told.stack ?? told.message;
  const plain = (_key: string, value: unknown): unknown =>
    value instanceof Error ? value.message : typeof value === 'bigint' ? String(value) : value;
  return JSON.stringify(told, plain) ?? String(told);
}
