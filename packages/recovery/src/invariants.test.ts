/**
 * Random worlds: acts that work, fail, are refused or happen although they seemed to fail; workers that die at any
 * point; monitors that are deaf; boots with and without numbers. Whatever the order, the promises hold.
 */
import { guestFaults } from '@instance-ha/notification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policy, subject } from '../testing/story.ts';
import {
  decide,
  fold,
  type InstanceAct,
  type InstanceSighting,
  initialRecovery,
  instanceActs,
  type RecoveryEffect,
  type RecoveryEvent,
  type RecoveryPolicy,
} from './index.ts';

type World = {
  life: number;
  state: 'running' | 'stopped' | 'crashed' | 'paused';
  restarts: number;
  numbered: boolean;
  /** We stopped it, and it was not started since. */
  offByUs?: boolean;
};
type Told = { journal: RecoveryEvent[]; world: World; steps: number };

/** Plays one incident to its end; `dice` decides what happens, and once it is used up the world is kind. */
function play(
  rules: RecoveryPolicy,
  first: RecoveryEvent & { type: 'begun' },
  world: World,
  dice: number[],
  rulings: { abortAtStep?: number; retries?: number } = {},
): Told {
  let isAborted = false;
  let retriesLeft = rulings.retries ?? 0;
  const journal: RecoveryEvent[] = [];
  let state = initialRecovery;
  let effects: RecoveryEffect[] = [];
  let atMs = 0;
  let heard = false;
  const roll = (): number => dice.shift() ?? 99;
  const record = (event: RecoveryEvent): void => {
    journal.push(event);
    ({ state, effects } = decide(rules, state, event));
    expect(effects.length).toBeLessThanOrEqual(1);
  };
  record(first);
  for (let steps = 0; ; steps++) {
    expect(steps).toBeLessThan(2000);
    expect(fold(rules, JSON.parse(JSON.stringify(journal)))).toEqual(state);
    if (roll() < 10) {
      record({ type: 'taken-over', atMs, worker: 'another' });
      continue;
    }
    const [effect] = effects;
    if (!effect) throw new Error(`nothing to do and not ended: ${JSON.stringify(state)}`);
    if (steps === rulings.abortAtStep && effect.type !== 'end') {
      record({ type: 'aborted', atMs, by: 'ada', reason: null });
      isAborted = true;
      continue;
    }
    switch (effect.type) {
      case 'look':
        record({ type: 'looked', atMs, sighting: look(world, roll()) });
        break;
      case 'ask-budget':
        record({ type: 'budget', atMs, restartsAgoMs: roll() < 5 ? [1, 2, 3] : [] });
        break;
      case 'await-further':
        atMs = effect.untilMs;
        record({ type: 'further', atMs, filed: roll() < 50 });
        break;
      case 'wait':
        expect(effect.untilMs).toBeGreaterThanOrEqual(atMs);
        atMs = effect.untilMs;
        record({ type: 'tick', atMs });
        break;
      case 'await-heartbeat': {
        expect(Number.isFinite(effect.untilMs)).toBe(true);
        const chance = roll();
        if (chance < 15 || (chance === 99 && world.restarts > 0)) {
          heard = true;
          record({ type: 'heartbeat', atMs: atMs + 1, sighting: { heartbeat: 'heard', atMs: 1 } });
        } else if (chance < 20) {
          record({ type: 'tick', atMs: atMs + 1 });
        } else if (chance < 35) {
          if (effect.known === 'nobody-listens') atMs = Math.max(atMs, effect.untilMs);
          record({ type: 'heartbeat', atMs, sighting: { heartbeat: 'nobody-listens', detail: 'away' } });
        } else {
          if (effect.known === 'not-yet') atMs = Math.max(atMs, effect.untilMs);
          record({ type: 'heartbeat', atMs, sighting: { heartbeat: 'not-yet' } });
        }
        break;
      }
      case 'act': {
        // The start that ends our own stop is done all the same.
        expect(heard && effect.mayHold, 'an act after the guest was heard').toBe(false);
        expect(isAborted && effect.mayHold, 'an act begun after an abort').toBe(false);
        expect(rules.mode, 'an act in observe mode').toBe('act');
        if (effect.mayHold && roll() < 5) {
          record({ type: 'paused', atMs, reason: 'upgrade', untilMs: atMs + 1000 });
          break;
        }
        const { act, life, attempt } = effect;
        record({ type: 'act-begun', atMs, act, life, attempt });
        const chance = roll();
        const happens = chance >= 30 && !isRefused(world, act, life);
        if (happens) carryOut(world, act);
        if (roll() < 20) record({ type: 'taken-over', atMs, worker: 'another' });
        else {
          const outcome =
            isRefused(world, act, life) && !happens ? 'refused' : happens && chance >= 45 ? 'done' : 'failed';
          record({ type: 'act-ended', atMs: atMs + 10, act, outcome, detail: outcome });
        }
        break;
      }
      case 'ask-context':
      case 'take-turn':
      case 'look-host':
      case 'host-act':
      case 'list-instances':
      case 'evacuate':
      case 'list-evacuations':
      case 'restore':
        throw new Error(`not of an instance: ${effect.type}`);
      case 'end':
        record({ type: 'ended', atMs, ...effect.end });
        if (effect.end.status === 'finished') return { journal, world, steps };
        if (effect.end.rule === 'aborted') expect(world.offByUs, 'left off by our stop').not.toBe(true);
        if (effect.end.status !== 'error') {
          if (retriesLeft === 0) return { journal, world, steps };
          retriesLeft -= 1;
          isAborted = false;
          heard = false;
          record({ ...first, atMs, retry: { by: 'ada', reason: null } });
          break;
        }
        atMs += effect.end.retryInMs ?? 0;
        record({ ...first, atMs });
        break;
    }
  }
}

function look(world: World, chance: number): InstanceSighting {
  if (chance < 10) return { seen: 'could-not-look', detail: 'away' };
  const off = world.state === 'stopped' || world.state === 'crashed';
  const life = off || !world.numbered ? null : String(world.life);
  const state = chance < 15 ? 'busy' : world.state;
  return { seen: 'instance', state, life, byOperator: false, detail: state };
}

const isRefused = (world: World, act: InstanceAct, life: string | null): boolean =>
  act !== 'start' &&
  world.numbered &&
  life !== null &&
  world.state === 'running' &&
  String(world.life) !== life;

function carryOut(world: World, act: InstanceAct): void {
  if (act === 'stop') {
    world.offByUs = true;
    world.state = 'stopped';
  } else if (act === 'hard-reboot' || world.state !== 'running') {
    world.life += 1;
    world.restarts += 1;
    world.offByUs = false;
    world.state = 'running';
  }
}

const rules = fc.record({
  mode: fc.constantFrom('act', 'observe'),
  method: fc.constantFrom('auto', 'restart', 'hard-reboot'),
  attemptLimit: fc.integer({ min: 1, max: 4 }),
  expiryMs: fc.constantFrom(0, 86_400_000),
} as const);
const payloads = fc.record({
  fault: fc.constantFrom(...guestFaults),
  handledBy: fc.constantFrom('none', 'libvirt', 'qemu'),
  hadHeartbeat: fc.boolean(),
  domainId: fc.constantFrom(7, null),
} as const);
const worlds = fc.record({
  life: fc.constantFrom(7, 7, 7, 8),
  state: fc.constantFrom('running', 'stopped', 'crashed', 'paused'),
  restarts: fc.constant(0),
  numbered: fc.boolean(),
} as const);
const luck = fc.array(fc.integer({ min: 0, max: 98 }), { minLength: 20, maxLength: 120, size: 'max' });

describe('whatever happens, one incident', () => {
  it('is restarted at most once, and once more by the escalation; ends; and is replayed to the same state', {
    timeout: 120_000,
  }, () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(rules, payloads, worlds, luck, (changes, fault, world, dice) => {
        const told = { ...policy, ...changes };
        const begun = { type: 'begun', atMs: 0, subject: subject(fault), policy: told } as const;
        const { journal, world: after } = play(told, begun, { ...world }, [...dice]);
        expect(after.restarts).toBeLessThanOrEqual(told.method === 'auto' ? 2 : 1);
        const last = journal.at(-1);
        if (last?.type === 'ended') {
          seen.add(last.rule);
          if (last.rule === 'verified') expect(after.state).toBe('running');
        }
        for (const event of journal)
          if (event.type === 'act-begun') expect(instanceActs).toContain(event.act);
      }),
      { numRuns: 3000 },
    );
    // The worlds are not so kind that the hard ways are never gone.
    for (const rule of [
      'verified',
      'came-back',
      'not-heard-again',
      'nobody-listens',
      'act-failed',
      'restart-budget',
    ])
      expect(seen).toContain(rule);
  });

  it('aborted at any moment begins nothing further and is never left off by our stop; tried again it holds as much', {
    timeout: 120_000,
  }, () => {
    const seen = new Set<string>();
    const moment = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(rules, payloads, worlds, luck, moment, (changes, fault, world, dice, abortAtStep) => {
        const told = { ...policy, ...changes };
        const begun = { type: 'begun', atMs: 0, subject: subject(fault), policy: told } as const;
        const ruled = { abortAtStep, retries: 1 };
        const { journal, world: after } = play(told, begun, { ...world }, [...dice], ruled);
        expect(after.restarts).toBeLessThanOrEqual(told.method === 'auto' ? 4 : 2);
        for (const event of journal) if (event.type === 'ended') seen.add(`${event.status} by ${event.rule}`);
      }),
      { numRuns: 3000 },
    );
    for (const end of ['ignored by aborted', 'failed by aborted', 'finished by verified'])
      expect(seen).toContain(end);
  });
});
