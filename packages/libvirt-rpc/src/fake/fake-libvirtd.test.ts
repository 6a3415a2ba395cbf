import { describe, expect, it } from 'vitest';
import { type ConnectLibvirtOptions, connectLibvirt } from '../connect.ts';
import type { LibvirtConnection } from '../connection.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { ControlState, DomainState } from '../protocol/domain-state.ts';
import { createFakeLibvirtd, type FakeLibvirtdOptions } from './fake-libvirtd.ts';
import { createManualTimers } from './manual-timers.ts';

function world(options: FakeLibvirtdOptions = {}) {
  const timers = createManualTimers();
  const daemon = createFakeLibvirtd({ timers, guests: [{ name: 'guest' }], ...options });
  const connect = (more: ConnectLibvirtOptions = {}) =>
    connectLibvirt({ open: daemon.open, timers, keepalive: false, callTimeoutMs: 600_000, ...more });
  /** Milliseconds a call takes, and how it ends. */
  const timed = async (call: Promise<unknown>): Promise<string> => {
    const startMs = timers.nowMs();
    const outcome = await call.then(
      () => 'ok',
      (error: unknown) =>
        LibvirtError.isInstance(error) ? `${error.code} ${error.libvirtCode}` : String(error),
    );
    return `${timers.nowMs() - startMs} ms: ${outcome}`;
  };
  return { timers, daemon, connect, timed, guest: daemon.guest('guest') };
}

const ping = (
  connection: LibvirtConnection,
  guest: { ref: Parameters<LibvirtConnection['agentPing']>[0] },
  timeoutMs: number,
) => connection.agentPing(guest.ref, { timeoutMs, deadlineMs: 600_000 });

describe('a hung agent', () => {
  it('costs the timeout once, then 5 s of re-synchronisation at every try', async () => {
    const { connect, timers, daemon, guest, timed } = world();
    const connection = await connect();
    daemon.inflict('guest', 'agent-frozen');
    const seen: string[] = [];
    for (const timeoutMs of [1_000, 1_000, 2_000]) {
      const call = timed(ping(connection, guest, timeoutMs));
      await timers.advance(5_000);
      seen.push(await call);
    }
    expect(seen).toEqual([
      '1000 ms: agent-unresponsive 86',
      '5000 ms: agent-unresponsive 86',
      '5000 ms: agent-unresponsive 86',
    ]);
    daemon.inflict('guest', 'agent-thawed');
    expect(await timed(ping(connection, guest, 1_000))).toBe('0 ms: ok');
  });

  it('lets a second command to the same guest queue behind the first', async () => {
    const { connect, timers, daemon, guest, timed } = world();
    const connection = await connect();
    daemon.inflict('guest', 'agent-frozen');
    const calls = [timed(ping(connection, guest, 2_000)), timed(ping(connection, guest, 2_000))];
    await timers.advance(20_000);
    expect(await Promise.all(calls)).toEqual([
      '2000 ms: agent-unresponsive 86',
      '7000 ms: agent-unresponsive 86',
    ]);
  });

  it('ends the command under way when its guest reboots or dies', async () => {
    const { connect, daemon, guest, timed } = world();
    const connection = await connect();
    for (const script of ['guest-reboot', 'qemu-killed'] as const) {
      guest.agent.set('hung');
      const call = timed(ping(connection, guest, 60_000));
      await connection.libVersion();
      daemon.inflict('guest', script);
      expect(await call).toMatch(/^0 ms: agent-unresponsive/);
    }
  });
});

it('a scripted agent answers for itself', async () => {
  const { daemon, connect } = world();
  const guest = daemon.addGuest({
    name: 'scripted',
    agent: request => (request.execute === 'guest-ping' ? { return: {} } : { error: 'disabled' }),
  });
  await using connection = await connect();
  await connection.agentPing(guest.ref);
  await expect(connection.agentCommand(guest.ref, { execute: 'guest-exec' }, 5)).rejects.toMatchObject({
    code: 'agent-error',
    libvirtMessage: "internal error: unable to execute QEMU agent command 'guest-exec': disabled",
  });
});

describe('a stopped QEMU', () => {
  it('hangs the first monitor job, makes the next give up after 30 s, and shows as occupied meanwhile', async () => {
    const { connect, timers, daemon, guest, timed } = world();
    const connection = await connect();
    daemon.inflict('guest', 'qemu-stopped');
    expect((await connection.controlInfo(guest.ref)).state).toBe(ControlState.OK);
    const first = timed(connection.suspend(guest.ref));
    const second = timed(connection.reset(guest.ref));
    await timers.advance(15_000);
    expect(await connection.controlInfo(guest.ref)).toEqual({
      state: ControlState.OCCUPIED,
      details: 0,
      stateTimeMs: 15_000n,
    });
    await timers.advance(25_000);
    expect(await second).toBe('30000 ms: operation-timeout 68');
    daemon.inflict('guest', 'qemu-continued');
    expect(await first).toBe('40000 ms: ok');
  });

  it('is destroyed in 10.2 s, and not at all by SIGTERM alone', async () => {
    const { connect, timers, daemon, guest, timed } = world();
    const connection = await connect();
    daemon.inflict('guest', 'qemu-stopped');
    const graceful = timed(connection.destroy(guest.ref, { graceful: true }));
    await timers.advance(25_000);
    expect(await graceful).toBe('25000 ms: other 38');
    const forced = timed(connection.destroy(guest.ref));
    await timers.advance(10_200);
    expect(await forced).toBe('10200 ms: ok');
  });
});

describe('limits of the daemon', () => {
  it('all workers held by hung pings: what needs a worker waits, what has priority does not', async () => {
    const guests = Array.from({ length: 20 }, (_, index) => ({
      name: `hung-${index}`,
      agent: 'hung' as const,
    }));
    const { connect, timers, daemon, timed } = world({ guests: [...guests, { name: 'guest' }] });
    const pingers = await Promise.all([1, 2, 3, 4, 5].map(() => connect()));
    const pings = guests.map(({ name }, index) =>
      timed(ping(pingers[index % 5] as LibvirtConnection, daemon.guest(name), 5_000)),
    );
    const other = await connect();
    const { ref } = daemon.guest('guest');
    await timers.settle();
    const info = timed(other.domainInfo(ref));
    expect(await timed(other.domainState(ref))).toBe('0 ms: ok');
    await timers.advance(5_000);
    expect(await info).toBe('5000 ms: ok');
    expect(new Set(await Promise.all(pings))).toEqual(new Set(['5000 ms: agent-unresponsive 86']));
  });
});

describe('CPU time', () => {
  it('runs while the guest runs, as fast as the guest is busy, and from zero after a start', async () => {
    const { connect, timers, daemon, guest } = world();
    await using connection = await connect();
    const timeNs = async () => (await connection.allDomainStats({ groups: ['cpu'] }))[0]?.cpu?.timeNs;
    await timers.advance(1_000);
    expect(await timeNs()).toBe(16_000_000n);
    daemon.inflict('guest', 'cpu-busy');
    await timers.advance(1_000);
    expect(await timeNs()).toBe(1_016_000_000n);
    daemon.inflict('guest', 'suspend');
    await timers.advance(1_000);
    expect(await timeNs()).toBe(1_016_000_000n);
    daemon.inflict('guest', 'destroy');
    expect(await timeNs()).toBeUndefined();
    daemon.inflict('guest', 'start');
    expect(await timeNs()).toBe(0n);
    guest.setCpu(nowMs => BigInt(nowMs));
    expect(await timeNs()).toBe(3_000n);
  });
});

describe('thousands of guests', () => {
  const guests = Array.from({ length: 5_000 }, (_, index) => ({ name: `guest-${index}` }));

  it('are listed and told in one call each', async () => {
    const { connect } = world({ guests: [...guests, { name: 'guest', state: DomainState.SHUTOFF }] });
    await using connection = await connect();
    expect(await connection.listDomains()).toHaveLength(5_001);
    expect(await connection.listDomains({ active: true })).toHaveLength(5_000);
    const stats = await connection.allDomainStats({ groups: ['state', 'cpu'], active: true, noWait: true });
    expect(stats).toHaveLength(5_000);
    expect(stats.every(one => one.state?.state === DomainState.RUNNING && one.cpu !== undefined)).toBe(true);
    expect(new Set(stats.map(one => one.domain.uuid)).size).toBe(5_000);
  });

  it('that all die at once are all told, and replies come through meanwhile', async () => {
    const { connect, daemon, timers } = world({ guests: [...guests, { name: 'guest' }] });
    await using connection = await connect();
    const died: string[] = [];
    await connection.onEvent(['lifecycle'], event => void died.push(event.domain.name));
    for (const { name } of guests) daemon.inflict(name, 'qemu-killed');
    expect(await connection.listDomains({ active: true })).toHaveLength(1);
    for (let turns = 0; died.length < 5_000 && turns < 100; turns += 1) await timers.settle();
    expect(died).toEqual(guests.map(({ name }) => name));
  });
});

describe('a daemon that goes away', () => {
  it('stopped: refuses connections; started again it has forgotten why guests are off', async () => {
    const { connect, daemon } = world();
    const connection = await connect();
    daemon.inflict('guest', 'qemu-killed');
    daemon.stop();
    expect(await connection.closed).toMatchObject({ code: 'connection-lost' });
    await expect(connect()).rejects.toMatchObject({
      code: 'connect-failed',
      cause: { code: 'ECONNREFUSED' },
    });
    daemon.start();
    await using again = await connect();
    const [domain] = await again.listDomains();
    expect(domain && (await again.domainState(domain))).toEqual({ state: DomainState.SHUTOFF, reason: 0 });
  });

  it('frozen: answers nothing, and all of it when thawed', async () => {
    const { connect, daemon, timers } = world();
    const connection = await connect();
    daemon.freeze();
    let answered = 0;
    const calls = [1, 2, 3].map(() => connection.hostname().then(() => (answered += 1)));
    await timers.advance(60_000);
    expect(answered).toBe(0);
    daemon.thaw();
    await Promise.all(calls);
  });

  it('drops a client that asked for its PINGs and does not answer them', async () => {
    const { daemon, timers } = world();
    const stream = await daemon.open();
    const { Session } = await import('../session/session.ts');
    const { procedures } = await import('../protocol/procedures.ts');
    const session = new Session({
      stream,
      timers,
      callTimeoutMs: 1_000,
      maxPendingCalls: 8,
      onMessage: () => {},
    });
    await session.call(procedures.CONNECT_SUPPORTS_FEATURE, { feature: 10 });
    stream.removeAllListeners('data').resume(); // Deaf from here on.
    await timers.advance(29_999);
    expect(daemon.connections).toBe(1);
    await timers.advance(1);
    expect(daemon.connections).toBe(0);
  });
});

it('a transient guest disappears when it stops', async () => {
  const { connect, daemon } = world({ guests: [{ name: 'guest', persistent: false }] });
  await using connection = await connect();
  const [domain] = await connection.listDomains();
  if (domain) await connection.destroy(domain);
  expect(await connection.listDomains()).toEqual([]);
  expect(daemon.guests.size).toBe(0);
});
