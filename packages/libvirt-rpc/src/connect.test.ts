import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectLibvirtOptions, connectLibvirt } from './connect.ts';
import { createFakeLibvirtd, type FakeLibvirtdOptions } from './fake/fake-libvirtd.ts';
import { linkedPair } from './fake/linked-pair.ts';
import { createManualTimers } from './fake/manual-timers.ts';
import type { LibvirtEvent } from './protocol/events.ts';
import { dialFirst, dialUnix } from './transport/dial-unix.ts';

function world(daemonOptions: FakeLibvirtdOptions = {}) {
  const timers = createManualTimers();
  const daemon = createFakeLibvirtd({ timers, guests: [{ name: 'guest' }], ...daemonOptions });
  const connect = (options: ConnectLibvirtOptions = {}) =>
    connectLibvirt({ open: daemon.open, timers, ...options });
  return { timers, daemon, connect, guest: daemon.guest('guest') };
}

describe('connecting', () => {
  it.each([
    [[1], 'SASL'],
    [[2], 'polkit'],
    [[1, 2], 'SASL or polkit'],
    [[9], 'type 9'],
    [[], 'nothing it names'],
  ])('is refused where the daemon asks for %j', async (authTypes, name) => {
    const { connect, daemon, timers } = world({ authTypes });
    const attempt = connect();
    await expect(attempt).rejects.toMatchObject({ code: 'auth-unsupported', retryable: false });
    await expect(attempt).rejects.toThrow(`asks for ${name}:`);
    await timers.settle();
    expect(daemon.connections).toBe(0);
  });

  it('passes where no authentication is among the choices', async () => {
    const { connect } = world({ authTypes: [2, 0] });
    await using connection = await connect();
    expect(await connection.hostname()).toBe('fake-host');
  });

  it('says that the stream could not be opened, and why', async () => {
    const cause = new Error('no route');
    const attempt = connectLibvirt({ open: () => Promise.reject(cause) });
    await expect(attempt).rejects.toMatchObject({ code: 'connect-failed', cause, retryable: true });
  });

  it('takes one way to the daemon, not two', async () => {
    await expect(world().connect({ uri: 'qemu:///system' })).rejects.toThrow(RangeError);
  });

  it('ends in time when the stream never opens, and destroys the one that comes too late', async () => {
    const timers = createManualTimers();
    const late = Promise.withResolvers<Duplex>();
    let seen: AbortSignal | undefined;
    const open = (signal: AbortSignal) => {
      seen = signal;
      return late.promise;
    };
    const attempt = expect(connectLibvirt({ open, timers, connectTimeoutMs: 500 })).rejects.toMatchObject({
      code: 'timeout',
      message: 'no connection to libvirt within 500 ms',
    });
    await timers.advance(500);
    await attempt;
    expect(seen?.aborted).toBe(true);
    const [stream] = linkedPair();
    late.resolve(stream);
    await timers.settle();
    expect(stream.destroyed).toBe(true);
  });

  it('ends in time when the daemon is frozen, and leaves no connection and no timer', async () => {
    const { connect, daemon, timers } = world();
    daemon.freeze();
    const attempt = expect(connect({ connectTimeoutMs: 500 })).rejects.toMatchObject({ code: 'timeout' });
    await timers.advance(500);
    await attempt;
    daemon.thaw();
    await timers.settle();
    expect([daemon.connections, timers.waiting]).toEqual([0, 0]);
  });

  it('ends when it is aborted: before, during and after', async () => {
    const { connect, daemon, timers } = world();
    await expect(connect({ signal: AbortSignal.abort('stop') })).rejects.toMatchObject({
      code: 'aborted',
      cause: 'stop',
    });

    daemon.freeze();
    const during = new AbortController();
    const attempt = expect(connect({ signal: during.signal })).rejects.toMatchObject({ code: 'aborted' });
    await timers.settle();
    during.abort();
    await attempt;
    daemon.thaw();

    const after = new AbortController();
    const connection = await connect({ signal: after.signal });
    after.abort('stop');
    expect(await connection.closed).toMatchObject({ code: 'aborted', cause: 'stop' });
    await expect(connection.hostname()).rejects.toMatchObject({
      code: 'connection-lost',
      cause: { code: 'aborted' },
    });
  });

  it('passes on what libvirt says to the open', async () => {
    await expect(world().connect({ name: 'xen:///system' })).rejects.toMatchObject({
      code: 'other',
      libvirtCode: 5,
    });
  });
});

describe('a unix socket', () => {
  const folders: string[] = [];
  const folder = async () => {
    const path = await mkdtemp(join(tmpdir(), 'libvirt-rpc-'));
    folders.push(path);
    return path;
  };
  afterEach(async () => {
    for (const path of folders.splice(0)) await rm(path, { recursive: true });
  });

  it('carries the conversation', async () => {
    const path = join(await folder(), 'libvirt-sock');
    await using daemon = createFakeLibvirtd({ guests: [{ name: 'guest' }] });
    await daemon.listen(path);
    await using connection = await connectLibvirt({ uri: `qemu+unix:///system?socket=${path}` });
    expect((await connection.listDomains()).map(({ name }) => name)).toEqual(['guest']);
  });

  it('that is not there says so', async () => {
    const path = join(await folder(), 'none');
    const attempt = connectLibvirt({ uri: `qemu+unix:///system?socket=${path}` });
    await expect(attempt).rejects.toMatchObject({
      code: 'connect-failed',
      message: `cannot open ${path}: there is no such socket: the daemon was stopped, or never started`,
      cause: { code: 'ENOENT' },
    });
  });

  it('is looked for in several places, in order', async () => {
    const inside = await folder();
    await using daemon = createFakeLibvirtd();
    await daemon.listen(join(inside, 'b'));
    const signal = new AbortController().signal;
    (await dialFirst([join(inside, 'a'), join(inside, 'b')], signal)).destroy();
    await expect(dialFirst([join(inside, 'a'), join(inside, 'c')], signal)).rejects.toThrow(
      join(inside, 'c'),
    );
  });

  it('that cannot be opened for another reason ends the search', async () => {
    const inside = await folder();
    await using daemon = createFakeLibvirtd();
    const path = join(inside, 'sock');
    await daemon.listen(path);
    await writeFile(join(inside, 'file'), '');
    const attempt = dialFirst([join(inside, 'file', 'sock'), path], new AbortController().signal);
    await expect(attempt).rejects.toMatchObject({ cause: { code: 'ENOTDIR' } });
  });

  it('is not opened when aborted', async () => {
    await expect(dialUnix('/nowhere', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe('keepalive', () => {
  it('keeps an idle connection alive, each side asking the other', async () => {
    const { connect, timers, daemon } = world();
    const connection = await connect();
    await timers.advance(600_000);
    expect(await connection.hostname()).toBe('fake-host');
    expect(daemon.connections).toBe(1);
    await connection.close();
    await timers.settle();
    expect(timers.waiting).toBe(0);
  });

  it('ends the connection to a frozen daemon after count + 1 intervals', async () => {
    const { connect, timers, daemon } = world({ keepalive: { intervalMs: 3_600_000, count: 1 } });
    const connection = await connect({ keepalive: { intervalMs: 5_000, count: 3 } });
    daemon.freeze();
    await timers.advance(19_999);
    const call = connection.hostname({ timeoutMs: 60_000 });
    const outcome = expect(call).rejects.toMatchObject({
      code: 'connection-lost',
      cause: { code: 'keepalive-timeout' },
    });
    await timers.advance(1);
    await outcome;
    expect((await connection.closed)?.message).toBe(
      'no byte from the daemon for 20000 ms, 3 PINGs unanswered',
    );
  });

  it('is not asked for when it is off, nor begun where the daemon has none', async () => {
    const off = world();
    await using _quiet = await off.connect({ keepalive: false });
    expect(off.daemon.calls.get('CONNECT_SUPPORTS_FEATURE')).toBeUndefined();
    expect(off.timers.waiting).toBe(0);
    const none = world({ keepalive: false });
    await using _other = await none.connect();
    expect(none.daemon.calls.get('CONNECT_SUPPORTS_FEATURE')).toBe(1);
    expect(none.timers.waiting).toBe(0);
  });
});

describe('closing', () => {
  it('says goodbye, once, and then refuses calls', async () => {
    const { connect, daemon } = world();
    const connection = await connect();
    await Promise.all([connection.close(), connection.close()]);
    await connection.close();
    expect(daemon.calls.get('CONNECT_CLOSE')).toBe(1);
    await expect(connection.hostname()).rejects.toMatchObject({ code: 'connection-lost' });
  });

  it('does not wait for calls that hang', async () => {
    const { connect, daemon, guest } = world();
    daemon.inflict('guest', 'agent-frozen');
    const connection = await connect();
    const ping = connection.agentPing(guest.ref);
    const outcome = expect(ping).rejects.toMatchObject({ code: 'connection-lost' });
    await connection.close();
    await outcome;
    expect(await connection.closed).toBeUndefined();
  });

  it('is bounded when the daemon is frozen', async () => {
    const { connect, daemon, timers } = world();
    const connection = await connect();
    daemon.freeze();
    const closing = connection.close();
    await timers.advance(1_000);
    await closing;
    daemon.thaw();
    await timers.settle();
    expect(timers.waiting).toBe(0);
  });
});

describe('an agent call', () => {
  it.each([
    ['no wait', 0],
    ['the daemon’s default', -1],
    ['for ever', -2],
    ['a fraction', 1.5],
    ['more than an hour', 3_601],
  ])('with a timeout that means %s is not made', async (_what, timeoutS) => {
    const { connect, guest } = world();
    await using connection = await connect();
    await expect(connection.agentCommand(guest.ref, { execute: 'guest-ping' }, timeoutS)).rejects.toThrow(
      RangeError,
    );
  });

  it('that would break libvirt’s parser is not made', async () => {
    const { connect, guest, daemon } = world();
    await using connection = await connect();
    const command = '{"execute":"guest-sync-delimited","arguments":{"id":1}}';
    await expect(connection.agentCommand(guest.ref, command, 5)).rejects.toThrow(RangeError);
    expect(daemon.calls.has('QEMU_DOMAIN_AGENT_COMMAND')).toBe(false);
  });

  it('has time for libvirt’s own re-synchronisation before its deadline', async () => {
    const { connect, daemon, guest, timers } = world();
    await using connection = await connect();
    daemon.inflict('guest', 'agent-frozen');
    const pings = [1, 2].map(() =>
      connection.agentPing(guest.ref, { timeoutMs: 2_000 }).catch(error => error.code),
    );
    await timers.advance(7_000);
    expect(await Promise.all(pings)).toEqual(['agent-unresponsive', 'agent-unresponsive']);
  });

  it('ends at its own deadline when the daemon holds it longer', async () => {
    const { connect, daemon, guest, timers } = world({ keepalive: false });
    await using connection = await connect();
    daemon.freeze();
    const ping = connection.agentPing(guest.ref, { timeoutMs: 1_200 }).catch(error => error.message);
    await timers.advance(12_000);
    expect(await ping).toBe('no reply to QEMU_DOMAIN_AGENT_COMMAND (serial 4) within 12000 ms');
  });
});

describe('events', () => {
  const lifecycle = (world_: ReturnType<typeof world>, detail: number): LibvirtEvent => ({
    type: 'lifecycle',
    domain: world_.guest.ref,
    event: 4,
    detail,
  });

  it('that a listener cannot keep up with end the connection, rather than be lost', async () => {
    const here = world();
    const connection = await here.connect({ maxQueuedEvents: 10 });
    await connection.onEvent(['lifecycle'], () => new Promise(() => {}));
    for (let count = 0; count < 100; count += 1) here.daemon.emit(lifecycle(here, count));
    expect(await connection.closed).toMatchObject({ code: 'event-overflow', retryable: true });
  });

  it('received before the connection ended are still given', async () => {
    const here = world();
    const connection = await here.connect();
    const details: number[] = [];
    await connection.onEvent(['lifecycle'], event => void details.push(event.detail));
    for (let count = 0; count < 1_000; count += 1) here.daemon.emit(lifecycle(here, count));
    here.daemon.stop();
    await connection.closed;
    for (let turns = 0; details.length < 1_000 && turns < 100; turns += 1) await here.timers.settle();
    expect(details).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  it('go on after a listener failed, and the failure is told', async () => {
    const here = world();
    const failures: unknown[] = [];
    await using connection = await here.connect({ onListenerError: error => failures.push(error) });
    const details: number[] = [];
    const broken = new Error('broken listener');
    await connection.onEvent(['lifecycle'], event => {
      details.push(event.detail);
      if (event.detail === 0) throw broken;
    });
    here.daemon.emit(lifecycle(here, 0));
    here.daemon.emit(lifecycle(here, 1));
    await here.timers.settle();
    expect([details, failures]).toEqual([[0, 1], [broken]]);
  });

  it('are registered once on the wire for all listeners, and deregistered with the last', async () => {
    const here = world();
    await using connection = await here.connect();
    const registrations = await Promise.all([1, 2, 3].map(() => connection.onEvent(['lifecycle'], () => {})));
    const register = 'CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY';
    const deregister = 'CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY';
    expect(here.daemon.calls.get(register)).toBe(1);
    await registrations[0]?.dispose();
    await registrations[1]?.dispose();
    expect(here.daemon.calls.get(deregister)).toBeUndefined();
    await registrations[2]?.dispose();
    await registrations[2]?.dispose();
    expect(here.daemon.calls.get(deregister)).toBe(1);
  });

  it('whose registration got no answer end the connection: nobody knows what is registered', async () => {
    const here = world({ keepalive: false });
    const connection = await here.connect();
    here.daemon.freeze();
    const attempt = expect(
      connection.onEvent(['lifecycle'], () => {}, { timeoutMs: 300 }),
    ).rejects.toMatchObject({
      code: 'timeout',
    });
    await here.timers.advance(300);
    await attempt;
    expect(await connection.closed).toMatchObject({ code: 'timeout' });
  });

  it('are not given after `dispose`, not even those received before', async () => {
    const here = world();
    await using connection = await here.connect();
    let given = 0;
    const registration = await connection.onEvent(['lifecycle'], () => {
      given += 1;
      void registration.dispose();
    });
    for (let count = 0; count < 10; count += 1) here.daemon.emit(lifecycle(here, count));
    await here.timers.settle();
    expect(given).toBe(1);
  });

  it('need no farewell once the connection is gone', async () => {
    const here = world();
    const connection = await here.connect();
    const registration = await connection.onEvent(['lifecycle', 'reboot'], () => {});
    here.daemon.drop();
    await connection.closed;
    await registration.dispose();
  });
});
