import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostWorld, type HostWorldOptions } from '../../testing/host-world.ts';
import { policy } from '../../testing/story.ts';
import { fold } from '../index.ts';

const two = [{}, {}];
const played = (options: HostWorldOptions): HostWorld => {
  const world = new HostWorld(options);
  world.play();
  expect(world.breaches).toEqual([]);
  return world;
};
const messagesOf = ({ state }: HostWorld): (string | null)[] =>
  state.workflow === 'host' ? (state.facts.moves ?? []).map(({ message }) => message) : [];
const endOf = (options: HostWorldOptions): string => played(options).log.at(-1) ?? '';

describe('a host that is down', () => {
  it('is put out of service, and its instances go to the other hosts of its segment', () => {
    expect(played({ vms: two }).log).toEqual([
      'put-out-of-service compute-1',
      'vm-1 to compute-2',
      'vm-2 to compute-3',
      'finished by evacuated: 2 evacuated',
    ]);
  });

  it('brings each instance back to how it was before the first attempt', () => {
    const { vms } = played({ vms: [{}, { state: 'stopped' }, { state: 'paused' }, { state: 'error' }] });
    expect(vms.map(({ running }) => running)).toEqual([true, false, false, false]);
  });

  it('has nothing to evacuate', () => {
    expect(endOf({ vms: [] })).toBe('finished by nothing-to-evacuate: it had nothing to evacuate');
  });

  it('leaves alone what is not to be moved, and says so', () => {
    const vms = [{}, { metadata: { HA_Enabled: 'True' } }];
    expect(played({ vms, policy: { evacuateAllInstances: false } }).log.slice(1)).toEqual([
      'vm-2 to compute-2',
      'finished by evacuated: 1 evacuated, 1 left where they are',
    ]);
  });

  it('leaves alone what its owner holds, and says until when', () => {
    const vms = [{}, { metadata: { HA_Hold_Until: '2026-11-26T14:30:00Z' } }];
    const world = played({ vms });
    expect(world.log.slice(1)).toEqual([
      'vm-1 to compute-2',
      'finished by evacuated: 1 evacuated, 1 left where they are',
    ]);
    expect(messagesOf(world)[1]).toBe('its owner holds it until 2026-11-26T14:30:00Z');
  });

  it.each([
    ['2026-11-26T11:59:59Z', "its owner's hold ended at 2026-11-26T11:59:59Z"],
    ['next week', 'HA_Hold_Until = "next week" held nothing: expected an instant with its zone'],
  ])('evacuates what was held until %s, and says so while it goes', (text, remark) => {
    const world = played({ vms: [{ metadata: { HA_Hold_Until: text }, fits: [] }] });
    expect(world.log[1]).toBe('vm-1 to compute-2');
    const planning = world.journal.slice(0, world.journal.findIndex(({ type }) => type === 'instances') + 1);
    const state = fold(policy, planning);
    expect(state.workflow === 'host' && state.facts.moves?.[0]?.message).toContain(remark);
  });

  it('names the mark that was not true', () => {
    const vms = [{ metadata: { evacuable: 'never' } }];
    expect(messagesOf(played({ vms, policy: { evacuateAllInstances: false } }))).toEqual([
      'its metadata says evacuable = "never", which is not true, and evacuate_all_instances is off',
    ]);
  });

  it('follows an evacuation that goes on already, and asks for no second one', () => {
    const world = played({ vms: [{ underWay: -2000 }, {}], tookMs: 6000 });
    expect(world.log.slice(1)).toEqual(['vm-2 to compute-3', 'finished by evacuated: 2 evacuated']);
  });

  it('takes the important ones first', () => {
    const vms = [{}, { metadata: { HA_Enabled: 'yes' } }, { metadata: { HA_Priority: '1' } }];
    const { log } = played({ vms, policy: { concurrencyFirst: 1, concurrencyMax: 1 } });
    expect(log.slice(1, 4).map(line => line.split(' ')[0])).toEqual(['vm-3', 'vm-2', 'vm-1']);
  });

  it('asks for few at first and for more while it helps, never for more than the most', () => {
    const world = played({
      vms: Array.from({ length: 20 }, () => ({})),
      policy: { concurrencyFirst: 2, concurrencyMax: 5 },
    });
    expect(world.most).toBe(5);
    expect(world.log.at(-1)).toBe('finished by evacuated: 20 evacuated');
  });

  it('goes where the cloud chooses when its segment has no room', () => {
    expect(played({ vms: [{ fits: ['compute-9'] }] }).log.slice(1)).toEqual([
      'vm-1 to compute-2',
      'vm-1 to any',
      'finished by evacuated: 1 evacuated',
    ]);
  });

  it('is told of as failed, with the instance and the reason, when there is no room anywhere', () => {
    expect(endOf({ vms: [{ fits: [] }, {}] })).toBe(
      'failed by not-all-evacuated: 1 evacuated, 1 could not be: vm-1: its evacuation ended as error',
    );
  });
});

describe('reserved hosts', () => {
  const context = (
    method: 'reserved_host' | 'auto_priority' | 'rh_priority',
    reservedHosts = ['spare-1', 'spare-2'],
  ) => ({
    segment: { uuid: 's', name: 'rack', method, enabled: true },
    reservedHosts,
  });

  it('are enabled when they are needed, one after the other', () => {
    expect(played({ vms: [{ fits: ['spare-2'] }], context: context('reserved_host') }).log).toEqual([
      'put-out-of-service compute-1',
      'enable spare-1',
      'vm-1 to spare-1',
      'enable spare-2',
      'vm-1 to spare-2',
      'disable spare-1',
      'finished by evacuated: 1 evacuated',
    ]);
  });

  it('are given back when nothing could go there', () => {
    const { log } = played({ vms: [{ fits: [] }], context: context('reserved_host', ['spare-1']) });
    expect(log.slice(1)).toEqual([
      'enable spare-1',
      'vm-1 to spare-1',
      'disable spare-1',
      'failed by not-all-evacuated: 0 evacuated, 1 could not be: vm-1: its evacuation ended as error',
    ]);
  });

  it('are not touched while the others have room', () => {
    expect(played({ vms: two, context: context('auto_priority') }).log.join()).not.toContain('spare');
  });

  it('are taken when the others have none', () => {
    expect(played({ vms: [{ fits: ['spare-1'] }], context: context('auto_priority') }).log).toContain(
      'vm-1 to spare-1',
    );
  });

  it('come first by rh_priority, then the others', () => {
    const { log } = played({ vms: [{ fits: ['compute-9'] }], context: context('rh_priority', ['spare-1']) });
    expect(log.filter(line => line.startsWith('vm-1'))).toEqual([
      'vm-1 to spare-1',
      'vm-1 to compute-2',
      'vm-1 to any',
    ]);
  });

  it('are none: the method says so', () => {
    expect(endOf({ vms: [{}], context: context('reserved_host', []) })).toContain(
      'failed by not-all-evacuated',
    );
  });
});

describe('a host that is not to be recovered', () => {
  it.each<[string, HostWorldOptions['payload'], HostWorldOptions['context']]>([
    ['ignored by host-not-proven-down', { hostStatus: 'UNKNOWN' }, {}],
    ['ignored by host-not-proven-down', { hostStatus: null }, {}],
    ['ignored by host-in-no-segment', {}, { segment: null }],
    [
      'ignored by segment-disabled',
      {},
      { segment: { uuid: 's', name: 'rack', method: 'auto', enabled: false } },
    ],
    ['ignored by host-on-maintenance', {}, { onMaintenance: true }],
    ['ignored by rejected', {}, { ruling: 'rejected' }],
    ['finished by host-is-back', { event: 'STARTED' }, {}],
  ])('%s', (expected, payload = {}, context = {}) => {
    const world = played({ vms: two, payload, context });
    expect(world.log).toHaveLength(1);
    expect(world.log[0]).toContain(expected);
  });
});

describe('many hosts that fail at once', () => {
  it('are held until an operator approves, and given up with the notification', () => {
    const failing = { failed: 2, of: 3 };
    expect(endOf({ vms: two, context: { failing } })).toContain(
      'failed by held-too-long: 2 of 3 hosts of segment rack',
    );
    expect(endOf({ vms: two, context: { failing, ruling: 'approved' } })).toContain('finished by evacuated');
  });

  it('are not many when it is one of two', () => {
    expect(endOf({ vms: two, context: { failing: { failed: 1, of: 1 } } })).toContain(
      'finished by evacuated',
    );
  });
});

describe('one that is held', () => {
  const failing = { failed: 2, of: 3 };
  /** The hosts beside it are no longer counted after a while: the window has passed. */
  const later = (changes: HostWorldOptions['context']): string[] => {
    const world = new HostWorld({ vms: two, context: { failing }, abortAtStep: 9999 });
    let polls = 0;
    const told = { failing };
    Object.defineProperty(world, 'changes', { get: () => (++polls < 4 ? told : changes) });
    world.play();
    expect(world.breaches).toEqual([]);
    return world.log;
  };

  it('stays so though failures are no longer new', () => {
    expect(later({ failing: { failed: 1, of: 3 } }).at(-1)).toContain('failed by held-too-long');
  });

  it('goes on when an operator approves', () => {
    expect(later({ failing, ruling: 'approved' }).at(-1)).toContain('finished by evacuated');
  });

  it('ends when an operator rejects it, with their reason', () => {
    const ruled = { by: 'ada', reason: 'the switch is down' };
    expect(later({ failing, ruling: 'rejected', ruled })).toEqual([
      'ignored by rejected: rejected by ada: the switch is down',
    ]);
  });

  it('is not evacuated when it is reported as started meanwhile', () => {
    expect(later({ failing, back: true })).toEqual([
      'ignored by host-is-back: it was reported as started since',
    ]);
  });
});

describe('many hosts at once', () => {
  it('wait for their turn, and say for whom', () => {
    const turns = [['compute-7', 'compute-8'], ['compute-8']];
    expect(played({ vms: [{}], turns }).log).toEqual([
      'waits for compute-7, compute-8',
      'waits for compute-8',
      'put-out-of-service compute-1',
      'vm-1 to compute-2',
      'finished by evacuated: 1 evacuated',
    ]);
  });
});

describe('one that an operator aborts', () => {
  it('has not been touched: nothing is', () => {
    expect(played({ vms: two, abortAtStep: 1 }).log).toEqual([
      'aborted',
      'ignored by aborted: aborted by ada: by hand',
    ]);
  });

  it('follows what was accepted, asks for nothing further, and says what it left', () => {
    const policy = { concurrencyFirst: 1, concurrencyMax: 1 };
    const { log, vms } = played({ vms: [{}, { state: 'stopped' }, {}], policy, abortAtStep: 6 });
    expect(log).toEqual([
      'put-out-of-service compute-1',
      'vm-1 to compute-2',
      'aborted',
      'failed by aborted: aborted by ada: by hand; 1 evacuated, 2 left where they are; the host stays out of service',
    ]);
    expect(vms.map(({ host, running }) => `${host} ${running}`)).toEqual([
      'compute-2 true',
      'compute-1 false',
      'compute-1 true',
    ]);
  });

  it('is told of as evacuated when everything was on its way already', () => {
    expect(played({ vms: two, abortAtStep: 6 }).log.at(-1)).toBe('finished by evacuated: 2 evacuated');
  });
});

describe('one that an operator has tried again', () => {
  const policy = { concurrencyFirst: 1, concurrencyMax: 1 };

  it('evacuates what was left, and nothing twice', () => {
    expect(played({ vms: [{}, {}, {}], policy, abortAtStep: 6, retries: 1 }).log.slice(4)).toEqual([
      'retried',
      'put-out-of-service compute-1',
      'vm-2 to compute-3',
      'vm-3 to compute-2',
      'finished by evacuated: 3 evacuated',
    ]);
  });

  it('is left alone when its host is up again', () => {
    const beforeRetry = (world: HostWorld): void => {
      world.out.clear();
      world.alive = true;
    };
    expect(played({ vms: two, abortAtStep: 1, retries: 1, beforeRetry }).log.at(-1)).toBe(
      'ignored by host-is-back: it is not evacuated, because it is up: state up',
    );
  });

  it('is left alone when its host was reported as started, though Nova takes it as dead because we said so', () => {
    const beforeRetry = (world: HostWorld): void => {
      world.changes = { back: true };
    };
    const world = played({ vms: [{ fits: [] }, {}], retries: 1, beforeRetry });
    expect(world.log.at(-1)).toBe('ignored by host-is-back: it was reported as started since');
    expect(world.log.filter(line => line.startsWith('vm-1'))).toHaveLength(2);
  });

  it('follows an evacuation that was given up as too long, and asks for no second one', () => {
    const world = played({ vms: [{}], policy: { evacuationTimeoutMs: 10_000 }, tookMs: 12_000, retries: 1 });
    expect(world.log).toEqual([
      'put-out-of-service compute-1',
      'vm-1 to compute-2',
      'failed by not-all-evacuated: 0 evacuated, 1 could not be: vm-1: its evacuation had not ended after 10 s',
      'retried',
      'put-out-of-service compute-1',
      'finished by evacuated: 1 evacuated',
    ]);
  });

  it('has a day of its own to succeed', () => {
    const failing = { failed: 2, of: 3 };
    const beforeRetry = (world: HostWorld): void => {
      world.changes = { ruling: 'approved' };
    };
    expect(played({ vms: two, context: { failing }, retries: 1, beforeRetry }).log.at(-1)).toBe(
      'finished by evacuated: 2 evacuated',
    );
  });
});

describe('a host that is back', () => {
  const back = { vms: [], payload: { event: 'STARTED' as const }, context: { onMaintenance: true } };

  it('counts as up again, and is enabled', () => {
    expect(played(back).log).toEqual([
      'allow-up compute-1',
      'enable compute-1',
      'finished by returned: it is back: enabled, and no longer on maintenance',
    ]);
  });

  it('is left to the operator unless auto_return is on', () => {
    expect(played({ ...back, policy: { autoReturn: false } }).log).toEqual([
      'finished by host-is-back: it is back, and left on maintenance: auto_return is off',
    ]);
  });
});

describe('whatever happens', () => {
  const vm = fc.record({
    state: fc.constantFrom('active', 'active', 'stopped', 'paused', 'error'),
    fits: fc.constantFrom(
      ['compute-2', 'compute-3', 'compute-9'],
      ['compute-9'],
      ['compute-2', 'spare-1'],
      [],
    ),
  });
  const method = fc.constantFrom('auto', 'reserved_host', 'auto_priority', 'rh_priority');
  const dice = fc.array(fc.integer({ min: 0, max: 98 }), { maxLength: 150, size: 'max' });

  it('no instance is evacuated twice at the same time, none is lost, and a replayed journal tells the same', () => {
    fc.assert(
      fc.property(fc.array(vm, { maxLength: 8 }), method, dice, (vms, chosen, luck) => {
        const context = {
          segment: { uuid: 's', name: 'rack', method: chosen, enabled: true },
          reservedHosts: ['spare-1'],
        };
        const world = new HostWorld({ vms, context, dice: [...luck] });
        const state = world.play();
        expect(world.breaches).toEqual([]);
        const moves = (state.workflow === 'host' && state.facts.moves) || [];
        expect(moves).toHaveLength(vms.length);
        for (const move of moves) {
          const { host } = world.vms.find(({ uuid }) => uuid === move.instanceUuid) ?? {};
          if (move.status === 'moved') expect(host).not.toBe('compute-1');
          else expect(move.status).toBe('failed');
        }
      }),
      { numRuns: 400 },
    );
  });

  it('an abort at any moment leaves nothing under way and begins nothing further, and a retry evacuates the rest', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(vm, { maxLength: 6 }),
        method,
        fc.integer({ min: 0, max: 40 }),
        dice,
        (vms, chosen, abortAtStep, luck) => {
          const context = {
            segment: { uuid: 's', name: 'rack', method: chosen, enabled: true },
            reservedHosts: ['spare-1'],
          };
          const policy = { concurrencyFirst: 1, concurrencyMax: 2 };
          const world = new HostWorld({
            vms,
            context,
            policy,
            abortAtStep,
            retries: 1,
            dice: [...luck],
          });
          const state = world.play();
          expect(world.breaches).toEqual([]);
          for (const line of world.log) seen.add(line.split(':')[0] ?? '');
          const moves = (state.workflow === 'host' && state.facts.moves) || [];
          for (const move of moves) {
            const { host } = world.vms.find(({ uuid }) => uuid === move.instanceUuid) ?? {};
            if (move.status === 'moved') expect(host).not.toBe('compute-1');
            else expect(move.status).toBe('failed');
          }
        },
      ),
      { numRuns: 600 },
    );
    for (const line of ['ignored by aborted', 'failed by aborted', 'finished by evacuated'])
      expect(seen).toContain(line);
  });
});
