import { DomainState, PausedReason, ShutoffReason } from '@instance-ha/libvirt-rpc';
import type { GuestScript } from '@instance-ha/libvirt-rpc/fake-server';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeHosts, fakeHosts } from './testing/fake-hosts.ts';

let hosts: FakeHosts;
afterEach(() => hosts.close());

const one = (spec: object = {}, ...befallen: GuestScript[]): FakeHosts => {
  hosts = fakeHosts([{ name: 'vm', ...spec }]);
  for (const script of befallen) hosts.libvirtd().inflict('vm', script);
  return hosts;
};
const stateNow = () => hosts.libvirtd().guest('vm').state;
/** The calls that change something, by number. */
const changes = (): Record<string, number> =>
  Object.fromEntries(
    [...hosts.libvirtd().calls].filter(([name]) => /DESTROY|CREATE|RESET|RESUME|SUSPEND/.test(name)),
  );

describe('a restart by stop and start', () => {
  const off = { state: DomainState.SHUTOFF };
  it.each<[string, object, GuestScript[], object]>([
    ['shut off', { ...off, reason: ShutoffReason.CRASHED }, [], { DOMAIN_CREATE: 1 }],
    ['killed', {}, ['qemu-killed'], { DOMAIN_CREATE: 1 }],
    ['crashed and destroyed by libvirt', {}, ['panic'], { DOMAIN_CREATE: 1 }],
    ['crashed and preserved', { onCrash: 'preserve' }, ['panic'], { DOMAIN_DESTROY: 1, DOMAIN_CREATE: 1 }],
    ['hung', {}, ['qemu-stopped'], { DOMAIN_DESTROY: 1, DOMAIN_CREATE: 1 }],
    ['silent', {}, ['panic-silent'], { DOMAIN_DESTROY: 1, DOMAIN_CREATE: 1 }],
    ['paused on an I/O error', {}, ['io-error'], { DOMAIN_DESTROY: 1, DOMAIN_CREATE: 1 }],
    ['paused by its watchdog', {}, ['watchdog-pause'], { DOMAIN_DESTROY: 1, DOMAIN_CREATE: 1 }],
  ])('brings back one that is %s', async (_state, spec, befallen, expected) => {
    const { act, life, during, timers } = one(spec, ...befallen);
    await during(timers.advance(500)); // A crash takes a moment to be told to the end.
    const failed = life('vm');
    expect(await act('stop', 'vm', { life: failed })).toMatchObject({ outcome: 'done' });
    expect(stateNow()).toBe(DomainState.SHUTOFF);
    const started = await act('start', 'vm', { life: failed });
    expect(started).toEqual({ outcome: 'done', detail: `runs as life ${life('vm')}: running (booted)` });
    expect(life('vm')).not.toBe(failed);
    expect(changes()).toEqual(expected);
  });

  it('says that a hung QEMU takes about 10 s, when that is more than it was given', async () => {
    const { act, look } = one({}, 'qemu-stopped');
    expect(await act('stop', 'vm', { timeoutMs: 2_000 })).toEqual({
      outcome: 'failed',
      detail: 'not done within 2000 ms, while destroying life 1 (a QEMU that hangs takes about 10 s)',
    });
    expect(await look('vm')).toMatchObject({ state: 'running' });
    await hosts.timers.advance(10_000);
    expect(await act('stop', 'vm', { life: '1' })).toEqual({
      outcome: 'done',
      detail: 'is off: shut off (destroyed)',
    });
    expect(changes()).toEqual({ DOMAIN_DESTROY: 1 });
  });
});

describe('a hard reboot', () => {
  it.each<[string, object, GuestScript[]]>([
    ['runs', {}, []],
    ['hangs', {}, ['qemu-stopped']],
    ['is preserved', { onCrash: 'preserve' }, ['panic']],
    ['is paused by failure', {}, ['io-error']],
    ['is off', { state: DomainState.SHUTOFF }, []],
  ])('gives one that %s a new life, and never asks its monitor', async (_state, spec, befallen) => {
    const { act, life } = one(spec, ...befallen);
    const failed = life('vm');
    expect(await act('hard-reboot', 'vm')).toMatchObject({ outcome: 'done' });
    expect(life('vm')).not.toBe(failed);
    expect(stateNow()).toBe(DomainState.RUNNING);
    expect(changes()).not.toHaveProperty('DOMAIN_RESET');
  });
});

describe('a life that begins with libvirt’s ears closed to its agent', () => {
  const off = { state: DomainState.SHUTOFF };
  const mute = (lives: number, spec: object = off) => {
    one(spec);
    hosts.libvirtd().guest('vm').muteLives = lives;
    return hosts;
  };
  const ping = () => hosts.libvirtd().guest('vm').agent.command('{"execute":"guest-ping"}', 5);

  it('is begun again at once, and the next one is heard when it has booted', async () => {
    const { act, timers, during } = mute(1);
    expect(await act('start', 'vm')).toEqual({
      outcome: 'done',
      detail: 'runs as life 3, begun again because libvirt had lost the agent of life 2: running (booted)',
    });
    expect(changes()).toEqual({ DOMAIN_CREATE: 2, DOMAIN_DESTROY: 1 });
    await during(timers.advance(3_700));
    expect(await ping()).toBe('{"return":{}}');
  });

  it('by a hard reboot as well', async () => {
    const { act } = mute(1, {});
    expect(await act('hard-reboot', 'vm')).toMatchObject({
      outcome: 'done',
      detail: expect.stringContaining('life 3'),
    });
    expect(changes()).toEqual({ DOMAIN_CREATE: 2, DOMAIN_DESTROY: 2 });
  });

  it('is begun again once, not for ever: the next one stays, mute or not', async () => {
    const { act, timers, during } = mute(9);
    expect(await act('start', 'vm')).toEqual({
      outcome: 'done',
      detail: 'runs as life 3, begun again because libvirt had lost the agent of life 2: running (booted)',
    });
    expect(changes()).toEqual({ DOMAIN_CREATE: 2, DOMAIN_DESTROY: 1 });
    await during(timers.advance(60_000));
    await expect(ping()).rejects.toThrow('not available due to an error');
  });

  it.each([
    ['boots', { agent: 'not-connected' }],
    ['hangs', { agent: 'not-connected', agentAfterBoot: 'hung', bootMs: 0 }],
    ['has no agent', { agent: 'not-configured' }],
  ] as const)('is told apart from one that %s', async (_how, spec) => {
    const { act } = mute(0, { ...off, ...spec });
    expect(await act('start', 'vm')).toEqual({ outcome: 'done', detail: 'runs as life 2: running (booted)' });
    expect(changes()).toEqual({ DOMAIN_CREATE: 1 });
  });

  it('is not begun again when somebody else did so meanwhile', async () => {
    const { act } = mute(1);
    hosts.afterDestroy(() => hosts.libvirtd().inflict('vm', 'start'));
    expect(await act('start', 'vm')).toEqual({
      outcome: 'done',
      detail: 'runs already as life 3: running (booted)',
    });
    expect(changes()).toEqual({ DOMAIN_CREATE: 1, DOMAIN_DESTROY: 1 });
  });
});

describe('what is not touched', () => {
  it.each([
    ['stop', '1', 'life 1 failed, and now life 2 is running (booted): not touched'],
    ['hard-reboot', '1', 'life 1 failed, and now life 2 is running (booted): not touched'],
    ['stop', null, 'it was off, and now life 2 is running (booted): not touched'],
  ] as const)('%s of life %s when another one runs', async (act, life, detail) => {
    one({}, 'destroy', 'start');
    expect(await hosts.act(act, 'vm', { life })).toEqual({ outcome: 'refused', detail });
    expect(changes()).toEqual({});
  });

  it.each(['stop', 'hard-reboot'] as const)(
    '%s of a transient domain, which would lose it for ever',
    async act => {
      one({ persistent: false });
      expect(await hosts.act(act, 'vm')).toEqual({
        outcome: 'refused',
        detail:
          'is running (booted) and transient: it has no stored definition, so stopping it would lose it for ever',
      });
      expect(stateNow()).toBe(DomainState.RUNNING);
    },
  );

  it.each(['stop', 'start', 'hard-reboot'] as const)('%s of a domain that is not there', async act => {
    one();
    expect(await hosts.act(act, 'nobody', { life: '1' })).toEqual({
      outcome: 'refused',
      detail:
        'libvirt of node1 has no domain 99999999-9999-4999-8999-999999999999: never defined there, moved, or transient and gone',
    });
  });

  it.each<[string, object, GuestScript[], string]>([
    ['crashed', { onCrash: 'preserve' }, ['panic'], 'crashed (panicked)'],
    ['paused by failure', {}, ['io-error'], 'paused (ioerror)'],
    ['paused by somebody', {}, ['suspend'], 'paused (user)'],
  ])('start of one that is %s: it holds its resources', async (_state, spec, befallen, words) => {
    const { act } = one(spec, ...befallen);
    expect(await act('start', 'vm')).toEqual({
      outcome: 'refused',
      detail: `life 1 is ${words} and holds its resources: it must be stopped first`,
    });
    expect(changes()).toEqual({});
  });

  it.each(['stop', 'start', 'hard-reboot'] as const)('%s while another operation holds it', async act => {
    one({ state: DomainState.PAUSED, reason: PausedReason.MIGRATION });
    expect(await hosts.act(act, 'vm')).toEqual({
      outcome: 'failed',
      detail: 'another operation holds it: paused (migration)',
    });
    expect(changes()).toEqual({});
  });
});

describe('what somebody else does meanwhile', () => {
  it('a stop of one that just stopped is done', async () => {
    const { act, libvirtd } = one({}, 'qemu-stopped');
    const stopping = hosts.control.act('stop', hosts.ref('vm'), {
      life: '1',
      timeoutMs: 30_000,
      signal: AbortSignal.any([]),
    });
    await hosts.timers.advance(5_000);
    libvirtd().inflict('vm', 'qemu-killed');
    expect(await hosts.during(stopping)).toMatchObject({
      outcome: 'done',
      detail: expect.stringContaining('crashed'),
    });
    expect(await act('start', 'vm', { life: '1' })).toMatchObject({ outcome: 'done' });
  });

  it.each(['stop', 'hard-reboot'] as const)('a %s after which somebody started it is refused', async act => {
    one();
    hosts.afterDestroy(() => hosts.libvirtd().inflict('vm', 'start'));
    expect(await hosts.act(act, 'vm')).toEqual({
      outcome: 'refused',
      detail: 'was destroyed, and somebody started it again: life 2 is running (booted)',
    });
    expect(changes()).toEqual({ DOMAIN_DESTROY: 1 });
  });

  it('two hard reboots of one life make one', async () => {
    const { act, life } = one();
    const outcomes = await Promise.all([
      act('hard-reboot', 'vm', { life: '1' }),
      act('hard-reboot', 'vm', { life: '1' }),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toContain('done');
    expect(changes().DOMAIN_DESTROY).toBeLessThanOrEqual(2);
    expect(stateNow()).toBe(DomainState.RUNNING);
    expect(life('vm')).not.toBe('1');
  });

  it('a start of a saved guest restores it, and says so', async () => {
    const { act } = one({}, 'managed-save');
    expect(await hosts.look('vm')).toMatchObject({ state: 'suspended', byOperator: true });
    hosts.libvirtd().inflict('vm', 'managed-restore');
    expect(await act('start', 'vm')).toEqual({
      outcome: 'done',
      detail: 'runs already as life 2: running (restored)',
    });
  });
});
