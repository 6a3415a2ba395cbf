import { decideHost, type HostPolicy } from '../decide-host.ts';
import type { GuestEffect } from '../effect.ts';
import { type HostState, initialHost } from '../host-state.ts';
import { defaultGatePolicy, defaultGuestPolicy, type GatePolicy, type GuestPolicy } from '../policy.ts';
import { fromRecord } from '../recall.ts';
import { toRecord } from '../record.ts';
import { Recorder } from '../recording/recorder.ts';
import type { GuestSignal } from '../signal.ts';
import { signalOf } from './words.ts';

/** Where the stories' clocks stand at second 0: nothing may depend on it. */
export const zeroMs = 5_000_000;
export const zeroWallMs = Date.UTC(2026, 10, 22);

export type Setting = {
  policy?: Partial<GuestPolicy>;
  gate?: Partial<GatePolicy>;
  /** What comes before the script and is not told; by default every guest is found running and answers. */
  before?: readonly string[];
};

export const uuidOf = (name: string): string =>
  `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`;

/**
 * Plays a script of `SECONDS SIGNAL` lines through `decideHost` as the monitor's loop would (ticks come when they were
 * asked for), and tells what happened: one line for each line of the script, and for each tick that moved something.
 *
 * `SECONDS g1 SIGNAL` is of guest g1, `SECONDS g1..g8 SIGNAL` of eight guests in turn, without a name of the one guest
 * `web`. `×N` at the end repeats the signal N times, 10 ms apart. `SECONDS restart` restarts the monitor with its
 * record, `restart forgetful` without; `host blind` and `host sighted` concern all.
 */
export class Story {
  state: HostState = initialHost();
  readonly effects: GuestEffect[] = [];
  readonly #policy: { guest: GuestPolicy; gate: GatePolicy };
  #wakeAtMs: number | null = null;
  #wallAheadMs = zeroWallMs - zeroMs;
  #monotonicAheadMs = 0;
  /** Records what comes after `before`. */
  readonly recorder: Recorder;

  constructor(setting: Setting = {}) {
    this.#policy = {
      guest: { ...defaultGuestPolicy, ...setting.policy },
      gate: { ...defaultGatePolicy, ...setting.gate },
    };
    for (const line of setting.before ?? ['-20 profile', '-20 row 1,1', '-10 ping ok']) this.tell(line);
    this.effects.length = 0;
    this.recorder = new Recorder(this.state, zeroWallMs - 1000);
  }

  get policy(): HostPolicy {
    return this.#policy;
  }

  play(...script: string[]): string[] {
    return script.flatMap(line => this.tell(line));
  }

  tell(line: string): string[] {
    const match = /^(-?[\d.]+) (?:([a-z]+\d+(?:\.\.[a-z]+\d+)?) )?(.*?)(?: ×(\d+))?$/.exec(line);
    if (!match) throw new Error(`cannot read: ${line}`);
    const [, seconds = '', names, words = '', repeats = '1'] = match;
    const wallAtMs = zeroWallMs + Math.round(Number(seconds) * 1000);
    const ticks = this.#passTime(this.#monotonic(wallAtMs));
    const [verb, option] = words.split(' ');
    if (verb === 'restart') return [...ticks, this.#restart(wallAtMs, option === 'forgetful')];
    const told: string[] = [];
    const before = this.effects.length;
    const phases = new Map(guestsOf(names).map(name => [name, this.#phase(name)]));
    for (let time = 0; time < Number(repeats); time += 1) {
      for (const name of phases.keys()) {
        const atMs = this.#monotonic(wallAtMs + time * 10);
        if (verb === 'host') this.#see({ signal: signalOf(option ?? '', atMs) as HostSignal });
        else this.#see({ instanceUuid: uuidOf(name), signal: signalOf(words, atMs) });
      }
    }
    const label = `${seconds}s ${names ? `${names} ` : ''}${words}${repeats === '1' ? '' : ` ×${repeats}`}`;
    const moved = names ? '' : verb === 'host' ? '' : ` ${phases.get('web')} -> ${this.#phase('web')}`;
    told.push(`${label}:${moved}${this.#outcome(before, names !== undefined || verb === 'host')}`);
    return [...ticks, ...told];
  }

  phase(name = 'web'): string {
    return this.#phase(name);
  }

  #monotonic(wallAtMs: number): number {
    return wallAtMs - this.#wallAheadMs + this.#monotonicAheadMs;
  }

  #passTime(atMs: number): string[] {
    const told: string[] = [];
    for (let ticks = 0; this.#wakeAtMs !== null && this.#wakeAtMs < atMs; ticks += 1) {
      if (ticks > 10_000) throw new Error('time does not pass: every tick asks for another at once');
      const wakeAtMs = this.#wakeAtMs;
      const before = this.effects.length;
      this.#see({ signal: { type: 'tick', atMs: wakeAtMs } });
      const outcome = this.#outcome(before, true);
      const seconds = (wakeAtMs - this.#monotonic(zeroWallMs)) / 1000;
      if (outcome) told.push(`${seconds}s tick:${outcome}`);
    }
    return told;
  }

  #see(seen: { instanceUuid: string; signal: GuestSignal } | { signal: HostSignal }): void {
    const { atMs } = seen.signal;
    const wallAtMs = atMs + this.#wallAheadMs - this.#monotonicAheadMs;
    const before = this.state;
    const decision = decideHost(this.#policy, before, { ...seen, wallAtMs });
    this.state = decision.state;
    this.recorder?.see(before, { ...seen, wallAtMs }, decision.state);
    this.#wakeAtMs = decision.wakeAtMs;
    this.effects.push(...decision.effects);
  }

  /** The monotonic clock of the next monitor stands elsewhere. */
  #restart(wallAtMs: number, forgetful: boolean): string {
    const known = forgetful ? initialHost() : this.state;
    const record = JSON.stringify(toRecord(known, this.#monotonic(wallAtMs), wallAtMs));
    this.#monotonicAheadMs += 77_777_777;
    const { state, damaged } = fromRecord(record, this.#monotonic(wallAtMs), wallAtMs);
    this.state = state;
    this.#wakeAtMs = null;
    const faults = damaged.length > 0 ? `; damaged: ${damaged.join()}` : '';
    return `${(wallAtMs - zeroWallMs) / 1000}s restart${forgetful ? ' forgetful' : ''}: ${state.guests.size} guests remembered${faults}`;
  }

  #phase(name: string): string {
    return this.state.guests.get(uuidOf(name))?.standing.phase ?? 'gone';
  }

  /** The effects since `before`; like ones of several guests are told together. */
  #outcome(before: number, named: boolean): string {
    const told = new Map<string, string[]>();
    for (const effect of this.effects.slice(before)) {
      const words = tellEffect(effect, named);
      if (words === null) continue;
      const names = told.get(words) ?? [];
      if (named && effect.type !== 'host-gate') names.push(nameOf(effect.instanceUuid));
      told.set(words, names);
    }
    const lines = Array.from(told, ([words, names]) => [[...new Set(names)].sort(byNumber).join(' '), words]);
    return lines.map(([names, words]) => `; ${names ? `${names} ` : ''}${words}`).join('');
  }
}

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

type HostSignal = Extract<GuestSignal, { type: 'blind' | 'sighted' | 'tick' }>;

function guestsOf(names: string | undefined): string[] {
  const [from, to] = (names ?? 'web').split('..');
  if (!to) return [from ?? 'web'];
  const [, stem = '', first] = /^([a-z]+)(\d+)$/.exec(from ?? '') ?? [];
  const last = Number(/\d+$/.exec(to)?.[0]);
  return Array.from({ length: last - Number(first) + 1 }, (_, index) => `${stem}${Number(first) + index}`);
}

const nameOf = (uuid: string): string => Buffer.from(uuid.slice(-12).replace(/^(00)+/, ''), 'hex').toString();

function tellEffect(effect: GuestEffect, named: boolean): string | null {
  switch (effect.type) {
    case 'notify': {
      const handler = effect.handledBy === 'none' ? '' : `, in the hands of ${effect.handledBy}`;
      return `NOTIFY ${effect.fault} by ${effect.evidence.rule}${handler}, #${effect.sequence}`;
    }
    case 'heartbeat-back':
      return `heard again after #${effect.sequence}`;
    case 'host-gate': {
      const held = effect.held.map(nameOf).sort(byNumber).join(' ');
      return `host ${effect.suspect ? 'suspect' : 'trusted again'} (${effect.silent} of ${effect.heard} silent${held ? `, held ${held}` : ''})`;
    }
    case 'ask':
      return 'ask';
    case 'transition':
      return named && effect.from !== effect.to ? `${effect.from} -> ${effect.to}` : null;
  }
}

/**
 * Plays the script a transcript was made from (each line up to its colon; ticks come by themselves) and answers what
 * is told this time: `expect(retold(transcript)).toEqual(transcript)`.
 */
export function retold(transcript: readonly string[], setting: Setting = {}): string[] {
  const script = transcript
    .map(line => line.slice(0, line.indexOf(':')).replace(/^(-?[\d.]+)s /, '$1 '))
    .filter(line => !line.endsWith(' tick'));
  return new Story(setting).play(...script);
}
