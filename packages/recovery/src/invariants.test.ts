/**
 * Random worlds: acts that work, fail, are refused or happen although they seemed to fail; workers that die at any
 * point; monitors that are deaf; boots with and without numbers; clouds whose hosts fall silent, and owners who hold their
 * instance or did not ask for recovery. Whatever the order, the promises hold.
 */
import { guestFaults } from '@instance-ha/notification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedAt, policy, subject } from '../testing/story.ts';
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
  /** With metadata, and with a host that the cloud may not hear of. */
  cloud: boolean;
  silent: boolean;
  marked: boolean;
  /** Until so many ms after the acceptance. */
  heldMs: number | null;
  /** When the boot that ran last was asked for, in ms after the acceptance. */
  bootedMs: number;
  elsewhere: boolean;
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
        world.silent = turned(world, roll());
        record({ type: 'looked', atMs, sighting: look(world, roll()) });
        break;
      case 'ask-budget':
        record({ type: 'budget', atMs, restartsAgoMs: roll() < 5 ? [1, 2, 3] : [] });
        break;
      case 'await-further':
        atMs = effect.untilMs;
        heard = false; // It is down again: what was heard before is no news of it.
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
        // What a cloud takes for running may be off, and is then heard by nobody.
        const canBeHeard = !world.cloud || world.state === 'running';
        if (canBeHeard && (chance < 15 || (chance === 99 && world.restarts > 0))) {
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
        const isWanted = !world.cloud || rules.processAllInstances || world.marked;
        expect(isWanted, 'an act on an instance that is not marked').toBe(true);
        if (effect.mayHold && world.cloud && world.heldMs !== null)
          expect(atMs, 'an act on an instance that is held').toBeGreaterThanOrEqual(world.heldMs);
        if (effect.mayHold && roll() < 5) {
          record({ type: 'paused', atMs, reason: 'upgrade', untilMs: atMs + 1000 });
          break;
        }
        const { act, life, attempt } = effect;
        record({ type: 'act-begun', atMs, act, life, attempt });
        const chance = roll();
        // What is asked of a host that is not heard of fails; an evacuation of one that is heard of does.
        const canHappen = act === 'evacuate' ? world.silent || world.elsewhere : !world.silent;
        const happens = chance >= 30 && canHappen && !isRefused(world, act, life);
        if (happens) carryOut(world, act, atMs);
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
      case 'ask-process-context':
      case 'monitor-act':
      case 'look-service':
      case 'service-act':
        throw new Error(`not of an instance: ${effect.type}`);
      case 'end':
        record({ type: 'ended', atMs, ...effect.end });
        if (effect.end.status === 'finished') return { journal, world, steps };
        // Of a host that is not heard of nobody can tell whether our stop was done.
        if (effect.end.rule === 'aborted' && !world.silent)
          expect(world.offByUs, 'left off by our stop').not.toBe(true);
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

/** Hosts fall silent and are heard again; a kind world has none that stays silent. */
const turned = ({ cloud, silent }: World, chance: number): boolean =>
  cloud && chance !== 99 && (chance < 25 ? !silent : silent);

function look(world: World, chance: number): InstanceSighting {
  if (world.elsewhere) return { seen: 'nothing', detail: 'it is on compute-2', movedTo: 'compute-2' };
  if (chance < 10) return { seen: 'could-not-look', detail: 'away' };
  const off = world.state === 'stopped' || world.state === 'crashed';
  const life = off || !world.numbered ? null : String(world.life);
  const state = chance < 15 ? 'busy' : world.state;
  const seen = { seen: 'instance', state, life, byOperator: false, detail: state } as const;
  if (!world.cloud) return seen;
  return {
    ...seen,
    // A host that is not heard of is told of as it was: its guest may have died, or hang, since. Our own stop was written down.
    state: world.silent && chance > 50 && !world.offByUs ? 'running' : state,
    byRecord: true,
    metadata: {
      ...(world.marked ? { HA_Enabled: 'True' } : {}),
      ...(world.heldMs === null ? {} : { HA_Hold_Until: iso(world.heldMs) }),
    },
    bootedAt: iso(world.bootedMs),
    hostService: world.silent ? 'down' : 'up',
  };
}

const iso = (ms: number): string => new Date(Date.parse(acceptedAt) + ms).toISOString();

const isRefused = (world: World, act: InstanceAct, life: string | null): boolean =>
  act !== 'start' &&
  act !== 'evacuate' &&
  world.numbered &&
  life !== null &&
  world.state === 'running' &&
  String(world.life) !== life;

function carryOut(world: World, act: InstanceAct, atMs: number): void {
  if (act === 'evacuate') {
    if (world.elsewhere) return;
    expect(world.state, 'a second copy of a guest that runs').toMatch(/^(stopped|crashed)$/);
    Object.assign(world, { elsewhere: true, offByUs: false, state: 'running', restarts: world.restarts + 1 });
  } else if (act === 'stop') {
    world.offByUs = true;
    world.state = 'stopped';
  } else if (act === 'hard-reboot' || world.state !== 'running') {
    world.life += 1;
    world.restarts += 1;
    world.offByUs = false;
    world.state = 'running';
    world.bootedMs = atMs;
  }
}

const rules = fc.record({
  mode: fc.constantFrom('act', 'act', 'act', 'observe'),
  method: fc.constantFrom('auto', 'auto', 'auto', 'restart', 'hard-reboot'),
  attemptLimit: fc.integer({ min: 1, max: 4 }),
  expiryMs: fc.constantFrom(0, 86_400_000),
  allowEvacuate: fc.constantFrom(true, true, false),
  processAllInstances: fc.boolean(),
} as const);
const payloads = fc.record({
  fault: fc.constantFrom(...guestFaults, 'qemu-failed', 'qemu-failed', 'found-dead'),
  handledBy: fc.constantFrom('none', 'libvirt', 'qemu'),
  hadHeartbeat: fc.boolean(),
  domainId: fc.constantFrom(7, null),
} as const);
const worlds = fc.record({
  life: fc.constantFrom(7, 7, 7, 8),
  state: fc.constantFrom('running', 'stopped', 'crashed', 'paused'),
  restarts: fc.constant(0),
  numbered: fc.boolean(),
  cloud: fc.boolean(),
  silent: fc.boolean(),
  marked: fc.boolean(),
  heldMs: fc.constantFrom(null, null, null, 60_000, 4_000_000),
  bootedMs: fc.constant(-3_600_000),
  elsewhere: fc.constant(false),
} as const);
/** One that runs although its QEMU ended, or runs another boot, was started since. */
function afterFault(world: World, { fault }: { fault: string }): World {
  const endsLife = fault === 'qemu-failed' || fault === 'found-dead';
  const startedSince = world.life !== 7 || (endsLife && !['stopped', 'crashed'].includes(world.state));
  return startedSince ? { ...world, bootedMs: -1 } : { ...world };
}
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
        const { journal, world: after } = play(told, begun, afterFault(world, fault), [...dice]);
        expect(after.restarts).toBeLessThanOrEqual(told.method === 'auto' ? 2 : 1);
        const last = journal.at(-1);
        if (last?.type === 'ended') {
          seen.add(last.rule);
          if (last.rule === 'verified') expect(after.state).toBe('running');
        }
        for (const event of journal)
          if (event.type === 'act-begun') expect(instanceActs).toContain(event.act);
      }),
      { numRuns: 4000 },
    );
    // The worlds are not so kind that the hard ways are never gone.
    for (const rule of [
      'verified',
      'came-back',
      'not-heard-again',
      'nobody-listens',
      'act-failed',
      'restart-budget',
      'not-marked',
      'held-by-owner',
      'compute-down',
      'rebuilt-elsewhere',
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
        const { journal, world: after } = play(told, begun, afterFault(world, fault), [...dice], ruled);
        expect(after.restarts).toBeLessThanOrEqual(told.method === 'auto' ? 4 : 2);
        for (const event of journal) if (event.type === 'ended') seen.add(`${event.status} by ${event.rule}`);
      }),
      { numRuns: 3000 },
    );
    for (const end of ['ignored by aborted', 'failed by aborted', 'finished by verified'])
      expect(seen).toContain(end);
  });
});
