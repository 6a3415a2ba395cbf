import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProcessWorld, type ProcessWorldOptions } from '../../testing/process-world.ts';

const played = (options: ProcessWorldOptions = {}): string[] => new ProcessWorld(options).play().log;
const ours = 'Instance HA: nova-compute is dead (notification 1)';

describe('a nova-compute that died', () => {
  it('is restarted by its monitor, and finished when Nova hears it', () => {
    const world = new ProcessWorld().play();
    expect(world.log).toEqual(['look', 'restart revives', 'finished by verified: restarted, and runs']);
    // A report that came after the first look, not what Nova still believes of the dead.
    expect(world.atMs).toBeGreaterThan(5000);
    expect(world.service.enabled).toBe(true);
  });

  it('is left alone when it runs again already', () => {
    expect(played({ is: 'running' })).toEqual([
      'look',
      'finished by came-back: it runs again, and it was not restarted',
    ]);
  });

  it('is left alone when it came back between the look and the restart', () => {
    expect(played({ restarts: ['came-back'] })).toEqual([
      'look',
      'restart came-back',
      'finished by came-back: it runs again, and it was not restarted',
    ]);
  });

  it('is not asked to be restarted again when its monitor has no command for it', () => {
    expect(played({ restarts: ['refused'] }).slice(1, 4)).toEqual(['restart refused', 'look', 'disable']);
  });

  it('is left alone when somebody stopped it', () => {
    expect(played({ is: 'stopped' })).toEqual([
      'look',
      'ignored by stopped-by-operator: it was stopped in an orderly way: no such process',
    ]);
  });

  it('is restarted again, so many times, and then its service is disabled', () => {
    expect(played({ restarts: ['fails', 'fails', 'fails'] })).toEqual([
      'look',
      'restart fails',
      'look',
      'restart fails',
      'look',
      'restart fails',
      'look',
      'disable',
      'failed by service-disabled: restarting it: ended with exit code 1; its compute service is disabled, so that nothing is placed there',
    ]);
  });

  it('is looked at again before its service is disabled after all', () => {
    expect(played({ restarts: ['fails', 'fails', 'fails'], actsFail: 1 }).slice(-4)).toEqual([
      'disable fails',
      'look',
      'disable',
      expect.stringMatching(/^failed by service-disabled/),
    ]);
  });

  it('is restarted again when it runs and Nova does not hear it', () => {
    expect(played({ restarts: ['hangs', 'revives'] })).toEqual([
      'look',
      'restart hangs',
      'restart revives',
      'finished by verified: restarted, and runs',
    ]);
    expect(played({ restarts: ['hangs', 'hangs', 'hangs'] }).slice(-2)).toEqual([
      'disable',
      expect.stringMatching(/^failed by service-disabled: its compute service was not heard within 90 s/),
    ]);
  });

  it('is not restarted once more when it has died too often', () => {
    expect(played({ context: { deaths: 4 } })).toEqual([
      'look',
      'disable',
      expect.stringContaining('it died 4 times within 1 h: not restarted any more'),
    ]);
  });

  it('is not disabled where that is not wished, and where there is no cloud', () => {
    const restarts = ['fails', 'fails', 'fails'] as const;
    const end = 'failed by not-restarted: restarting it: ended with exit code 1';
    expect(played({ restarts: [...restarts], policy: { disableService: false } }).at(-1)).toBe(end);
    expect(played({ restarts: [...restarts], policy: { hasControl: false } }).at(-1)).toBe(end);
  });

  it('is finished without a cloud as soon as its monitor sees it', () => {
    const world = new ProcessWorld({ policy: { hasControl: false } }).play();
    expect(world.log.at(-1)).toBe('finished by verified: restarted, and runs');
    expect(world.atMs).toBeLessThan(1000);
  });

  it('waits for a cloud that is away', () => {
    expect(played({ cloudAway: 7 }).at(-1)).toBe('finished by verified: restarted, and runs');
  });

  it('gets its service enabled again when an earlier recovery had disabled it', () => {
    expect(played({ service: { enabled: false, disabledReason: ours } }).slice(-2)).toEqual([
      'enable',
      'finished by verified: restarted, and runs; its compute service is enabled again',
    ]);
    expect(played({ service: { enabled: false, disabledReason: 'rack maintenance' } })).not.toContain(
      'enable',
    );
  });
});

describe('a restart in doubt', () => {
  it('is looked after, and not repeated when it came about', () => {
    expect(played({ restarts: ['in-doubt-done'] })).toEqual([
      'look',
      'restart in-doubt-done',
      'look',
      'finished by verified: restarted, and runs',
    ]);
  });

  it('is repeated when the process is still dead', () => {
    expect(played({ restarts: ['in-doubt-not', 'revives'] }).slice(1, 4)).toEqual([
      'restart in-doubt-not',
      'look',
      'restart revives',
    ]);
  });
});

describe('a monitor that cannot tell', () => {
  const away = ['expired', 'expired', 'expired'] as const;

  it('is asked a few times, then Nova is; what Nova does not hear is disabled', () => {
    expect(played({ blindLooks: [...away] })).toEqual([
      'look expired',
      'look expired',
      'look expired',
      'disable',
      expect.stringContaining('its compute service was not heard within 90 s'),
    ]);
  });

  it('leaves in service what Nova hears', () => {
    expect(played({ blindLooks: [...away], is: 'running' }).at(-1)).toMatch(/^finished by came-back/);
  });

  it('is not asked again when it refuses', () => {
    expect(played({ blindLooks: ['refused'] }).slice(0, 2)).toEqual(['look refused', 'disable']);
    expect(played({ blindLooks: ['refused'], process: 'libvirtd' }).at(-1)).toMatch(/^failed by act-refused/);
  });
});

describe('gates', () => {
  it.each<[string, ProcessWorldOptions, string]>([
    [
      'a disabled segment',
      { context: { segment: { name: 'rack', enabled: false } } },
      'ignored by segment-disabled',
    ],
    ['a host on maintenance', { context: { onMaintenance: true } }, 'ignored by host-on-maintenance'],
    ['observe mode', { policy: { mode: 'observe' } }, 'ignored by observe-mode'],
    [
      'a process that is only recorded',
      { process: 'x', policy: { otherProcesses: 'record' } },
      'ignored by recorded-only',
    ],
    ['another process that is back', { process: 'x', event: 'STARTED' }, 'finished by process-is-back'],
  ])('%s', (_name, options, end) => {
    const log = played(options);
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(end);
  });

  it('a host in no segment is looked after: its own monitor was told to', () => {
    expect(played({ context: { segment: null } }).at(-1)).toMatch(/^finished by verified/);
  });

  it('an earlier notification of the process comes first', () => {
    let asked = 0;
    const world = new ProcessWorld({
      get context() {
        asked += 1;
        return { earlierOpen: asked < 4 };
      },
    });
    expect(world.play().log.at(-1)).toMatch(/^finished by verified/);
    expect(world.atMs).toBeGreaterThan(10_000);
  });

  it('another process is restarted, and Nova is not asked', () => {
    expect(played({ process: 'libvirtd', cloudAway: 1000 })).toEqual([
      'look',
      'restart revives',
      'finished by verified: restarted, and runs',
    ]);
  });
});

describe('a nova-compute that is back', () => {
  const back = { event: 'STARTED', is: 'running' } as const;

  it('has its service enabled again when we had disabled it', () => {
    expect(played({ ...back, service: { enabled: false, disabledReason: ours } })).toEqual([
      'enable',
      'finished by returned: it is back, and its compute service is enabled again',
    ]);
  });

  it.each([
    ['an operator disabled it', { enabled: false, disabledReason: 'rack maintenance' }],
    ['an operator gave no reason', { enabled: false, disabledReason: null }],
    [
      'the recovery of its host disabled it',
      { enabled: false, disabledReason: 'Instance HA: notification 7' },
    ],
    ['nobody disabled it', {}],
  ])('is left as it is when %s', (_name, service) => {
    expect(played({ ...back, service })).toEqual([
      'finished by process-is-back: it is back, and nothing is to be done',
    ]);
  });

  it('is left disabled in observe mode', () => {
    const service = { enabled: false, disabledReason: ours };
    expect(played({ ...back, service, policy: { mode: 'observe' } })[0]).toMatch(/^ignored by observe-mode/);
  });
});

describe('a pause', () => {
  it('holds a restart, and what was seen before it is looked at again', () => {
    const world = new ProcessWorld({
      intrude: (step, atMs) => {
        if (step !== 3) return undefined; // Instead of the restart.
        world.runs = true;
        world.heard = true;
        return { type: 'paused', atMs, reason: 'upgrade', untilMs: atMs + 60_000 };
      },
    });
    expect(world.play().log).toEqual([
      'look',
      'look',
      'finished by came-back: it runs again, and it was not restarted',
    ]);
  });
});

it('whatever happens and whoever dies: it ends, is told truly, and nothing is done that must not be', () => {
  const restart = fc.constantFrom<NonNullable<ProcessWorldOptions['restarts']>[number]>(
    'revives',
    'fails',
    'refused',
    'hangs',
    'came-back',
    'in-doubt-done',
    'in-doubt-not',
    'expired',
  );
  const blind = fc.constantFrom<NonNullable<ProcessWorldOptions['blindLooks']>[number]>(
    'expired',
    'in-doubt',
    'refused',
    'could-not-look',
  );
  const options = fc.record({
    process: fc.constantFrom('nova-compute', 'libvirtd'),
    event: fc.constantFrom('STOPPED' as const, 'STARTED' as const),
    is: fc.constantFrom('running' as const, 'dead' as const, 'stopped' as const),
    policy: fc.record({ hasControl: fc.boolean(), disableService: fc.boolean() }),
    restarts: fc.array(restart, { maxLength: 6 }),
    blindLooks: fc.array(blind, { maxLength: 5 }),
    cloudAway: fc.nat(4),
    actsFail: fc.nat(3),
    service: fc.constantFrom(
      {},
      { enabled: false, disabledReason: 'an operator' },
      { enabled: false, disabledReason: ours },
    ),
  });
  const deaths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 });
  fc.assert(
    fc.property(options, deaths, (told, takenOver) => {
      const before = { ...told.service };
      const world = new ProcessWorld({
        ...told,
        intrude: (step, atMs) =>
          takenOver.includes(step) ? { type: 'taken-over', atMs, worker: 'another' } : undefined,
      }).play();
      const end = world.log.at(-1) ?? '';
      expect(world.isReplayable()).toBe(true);
      expect(world.log.filter(line => line.startsWith('restart')).length).toBeLessThanOrEqual(3);
      if (end.startsWith('finished by verified')) expect(world.runs).toBe(true);
      if (end.startsWith('finished by came-back')) expect(world.runs).toBe(true);
      if (told.is === 'stopped' && told.blindLooks.length === 0)
        expect(world.log.some(line => line.startsWith('restart'))).toBe(false);
      if ('disabledReason' in before && before.disabledReason === 'an operator') {
        expect(world.service.enabled).toBe(false);
        expect(world.service.disabledReason).toBe('an operator');
      }
      if (told.process !== 'nova-compute' || !told.policy.hasControl || !told.policy.disableService)
        expect(world.log).not.toContain('disable');
      if (end.includes('service-disabled')) expect(world.service.enabled).toBe(false);
    }),
    { numRuns: 300 },
  );
});

describe('an operator', () => {
  const ada = { by: 'ada', reason: 'by hand' };
  const abortAt = (at: number): ProcessWorldOptions => ({
    restarts: ['fails', 'fails', 'fails'],
    intrude: (step, atMs) => (step === at ? { type: 'aborted', atMs, ...ada } : undefined),
  });

  it('aborts it before anything was asked for, and nothing is', () => {
    expect(played(abortAt(1))).toEqual(['ignored by aborted: aborted by ada: by hand']);
  });

  it('aborts it at any step, and nothing further is asked for', () => {
    for (let at = 3; ; at += 1) {
      const world = new ProcessWorld(abortAt(at)).play();
      expect(world.isReplayable()).toBe(true);
      const last = world.log.at(-1);
      if (last?.startsWith('failed by service-disabled')) break;
      expect(last, `step ${at}`).toMatch(/^failed by aborted|^ignored by aborted/);
      expect(world.log).not.toContain('disable');
    }
  });

  it('has one tried again that died too often, and one that was aborted', () => {
    const often = new ProcessWorld({ context: { deaths: 9 }, policy: { disableService: false } }).play();
    expect(often.log.at(-1)).toMatch(/^failed by restart-budget/);
    expect(often.play(ada).log.slice(-2)).toEqual([
      'restart revives',
      'finished by verified: restarted, and runs',
    ]);
    expect(often.isReplayable()).toBe(true);
    const aborted = new ProcessWorld({ ...abortAt(4), restarts: ['fails'] }).play();
    expect(aborted.play(ada).log.at(-1)).toBe('finished by verified: restarted, and runs');
  });

  it('gives it its whole time again', () => {
    const world = new ProcessWorld({ cloudAway: 14, expiryMs: 100_000 }).play();
    expect(world.log.at(-1)).toMatch(/^failed by could-not-look/);
    expect(world.atMs).toBeGreaterThanOrEqual(100_000);
    expect(world.play(ada).log.at(-1)).toMatch(/^finished/);
  });
});
