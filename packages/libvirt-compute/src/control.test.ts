import { DomainState, ShutoffReason } from '@instance-ha/libvirt-rpc';
import { afterEach, describe, expect, it } from 'vitest';
import { createLibvirtControl } from './control.ts';
import { clockOf, type FakeHosts, fakeHosts } from './testing/fake-hosts.ts';
import { quietLogger } from './testing/quiet-logger.ts';

let hosts: FakeHosts;
afterEach(() => hosts.close());

const { signal } = new AbortController();

describe('a look', () => {
  it('tells state, reason, life and who wished it so', async () => {
    hosts = fakeHosts([
      { name: 'vm' },
      { name: 'dead', state: DomainState.SHUTOFF, reason: ShutoffReason.CRASHED },
    ]);
    expect(await hosts.look('vm')).toEqual({
      seen: 'instance',
      state: 'running',
      life: '1',
      byOperator: false,
      detail: 'running (booted)',
    });
    expect(await hosts.look('dead')).toEqual({
      seen: 'instance',
      state: 'stopped',
      life: null,
      byOperator: false,
      detail: 'shut off (crashed)',
    });
    expect(await hosts.look('nobody')).toEqual({
      seen: 'nothing',
      detail: 'libvirt of node1 has no domain 99999999-9999-4999-8999-999999999999',
    });
  });

  it('finds its own place while hung guests are being destroyed', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `vm${index}`);
    hosts = fakeHosts(names.map(name => ({ name })));
    for (const name of names) hosts.libvirtd().inflict(name, 'qemu-stopped');
    const stops = names.map(name =>
      hosts.control.act('stop', hosts.ref(name), { life: hosts.life(name), timeoutMs: 60_000, signal }),
    );
    await hosts.timers.advance(1_000);
    expect(hosts.libvirtd().calls.get('DOMAIN_DESTROY')).toBe(3);
    const beganMs = hosts.timers.nowMs();
    expect(await hosts.look('vm7')).toMatchObject({ state: 'running' });
    expect(hosts.timers.nowMs() - beganMs).toBeLessThanOrEqual(50);
    const outcomes = await hosts.during(Promise.all(stops));
    expect(outcomes.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect(hosts.connects).toEqual(new Map([['node1', 1]]));
  });
});

describe('a libvirtd that cannot be reached', () => {
  it('is could-not-look and failed, and reached again when it is back', async () => {
    hosts = fakeHosts([{ name: 'vm' }]);
    await hosts.look('vm');
    hosts.libvirtd().stop();
    await hosts.timers.settle();
    expect(await hosts.look('vm')).toMatchObject({ seen: 'could-not-look' });
    expect(await hosts.act('stop', 'vm')).toMatchObject({ outcome: 'failed' });
    hosts.libvirtd().start();
    expect(await hosts.look('vm')).toMatchObject({ seen: 'instance' });
  });

  it('is noticed in the time given when it freezes, and given up when its keepalive ends', async () => {
    hosts = fakeHosts([{ name: 'vm' }]);
    await hosts.look('vm');
    hosts.libvirtd().freeze();
    expect(await hosts.look('vm', { timeoutMs: 3_000 })).toEqual({
      seen: 'could-not-look',
      detail: 'not done within 3000 ms, while looking at it',
    });
    expect(await hosts.act('stop', 'vm', { timeoutMs: 3_000 })).toEqual({
      outcome: 'failed',
      detail: 'not done within 3000 ms, while looking at it',
    });
    await hosts.timers.advance(20_000);
    hosts.libvirtd().thaw();
    expect(await hosts.look('vm')).toMatchObject({ seen: 'instance' });
    expect(hosts.connects.get('node1')).toBe(2);
  });

  it('does not get a further call while it owes four replies', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    hosts = fakeHosts(names.map(name => ({ name })));
    for (const name of names) hosts.libvirtd().inflict(name, 'qemu-stopped');
    for (const name of names.slice(0, 4)) {
      expect(await hosts.act('stop', name, { timeoutMs: 500 })).toMatchObject({ outcome: 'failed' });
    }
    expect(await hosts.act('stop', 'e')).toEqual({
      outcome: 'failed',
      detail:
        'while waiting for libvirt of node1: libvirtd of node1 still works on 4 calls of this connection',
    });
    await hosts.timers.advance(10_000);
    expect(await hosts.act('stop', 'e')).toMatchObject({ outcome: 'done' });
  });

  it('so that nobody hears of an attempt again is given up after 5 s, and does not hold up a close', async () => {
    hosts = fakeHosts([{ name: 'vm' }]);
    const never = new Promise<never>(() => {});
    const clock = clockOf(hosts.timers);
    const control = createLibvirtControl({ connect: () => never, clock, log: quietLogger });
    const look = control.look(hosts.ref('vm'), { timeoutMs: 60_000, signal });
    expect(await hosts.during(look)).toEqual({
      seen: 'could-not-look',
      detail: 'while looking at it: no connection to libvirt of node1 within 5000 ms',
    });
    const held = control.look(hosts.ref('vm'), { timeoutMs: 60_000, signal });
    await hosts.timers.settle();
    await control.close();
    expect(await held).toEqual({
      seen: 'could-not-look',
      detail: 'while looking at it: the control was closed',
    });
    expect(await control.act('stop', hosts.ref('vm'), { life: '1', timeoutMs: 1_000, signal })).toMatchObject(
      {
        outcome: 'failed',
      },
    );
  });

  it('on one host does not hold up another', async () => {
    hosts = fakeHosts([{ name: 'vm' }], ['node1', 'node2']);
    hosts.libvirtd('node1').freeze();
    const stuck = hosts.control.look(hosts.ref('vm', 'node1'), { timeoutMs: 4_000, signal });
    expect(await hosts.look('vm', { host: 'node2' })).toMatchObject({ seen: 'instance' });
    expect(await hosts.during(stuck)).toMatchObject({ seen: 'could-not-look' });
  });
});

describe('who asks', () => {
  it('gets the reason of the own abort, and nothing else is rejected', async () => {
    hosts = fakeHosts([{ name: 'vm' }]);
    hosts.libvirtd().inflict('vm', 'qemu-stopped');
    const stopped = new AbortController();
    const act = hosts.control.act('stop', hosts.ref('vm'), {
      life: '1',
      timeoutMs: 30_000,
      signal: stopped.signal,
    });
    await hosts.timers.advance(1_000);
    const why = new Error('the lease was lost');
    stopped.abort(why);
    await expect(act).rejects.toBe(why);
  });
});

it('keeps 64 connections at most, and gives up the one that was not used for the longest time', async () => {
  const names = Array.from({ length: 66 }, (_, index) => `node${index + 1}`);
  hosts = fakeHosts([{ name: 'vm' }], names);
  for (const name of names) await hosts.look('vm', { host: name });
  await hosts.timers.advance(2_000);
  expect(names.filter(name => hosts.libvirtd(name).connections > 0)).toHaveLength(64);
  expect(hosts.libvirtd('node1').connections).toBe(0);
  expect(await hosts.look('vm', { host: 'node1' })).toMatchObject({ seen: 'instance' });
});
