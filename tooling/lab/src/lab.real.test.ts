import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from './faults.ts';
import { realLabOrSkip } from './fixture.ts';
import { attachLab, labDown } from './lab.ts';
import type { LabGuest } from './lab-guest.ts';
import type { LabHost } from './lab-host.ts';
import { labMark } from './lab-mark.ts';
import { identify, isAlive, processesWithMarker, readPid, sendSignal } from './processes.ts';
import { waitUntil } from './waiting.ts';

const real = await realLabOrSkip();
const { lab } = real;
const systemFolders = ['/run/libvirt', '/var/lib/libvirt', '/var/cache/libvirt', '/var/log/libvirt'];
const machine = () => ({
  hostname: hostname(),
  mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
  folders: systemFolders.filter(folder => existsSync(folder)),
});

describe.skipIf(real.skip)('a lab', () => {
  const before = machine();
  const mark = real.skip === false ? `${labMark(lab.dir)}:` : '';
  let host: LabHost;
  let guest: LabGuest;

  beforeAll(async () => {
    host = await lab.host('n1');
    guest = await host.guest('g1');
    const bootMs = await guest.waitForPing();
    process.stderr.write(`lab: first ping ${Math.round(bootMs)} ms after the start\n`);
  });
  afterAll(() => lab.down());

  /** Shuts off or not, the guest is up and answers afterwards. */
  const revive = async () => {
    if (host.libvirtdPid() === undefined) await host.startLibvirtd();
    const { state } = await guest.state();
    if (state === 'shut off') await guest.start();
    await guest.waitForPing();
  };

  it('is not seen by the machine: no mount, no host name, no folder of libvirt', () => {
    expect(machine()).toEqual(before);
    expect(processesWithMarker(mark)).toEqual(expect.arrayContaining([host.libvirtdPid(), guest.qemuPid()]));
  });

  it('gives its guest the UUID that was asked for, else a random one', async () => {
    const uuid = randomUUID();
    const named = await host.guest('named', { uuid, start: false });
    expect([named.uuid, await named.state()]).toEqual([uuid, { state: 'shut off', reason: 'unknown' }]);
    await named.remove();
    expect(guest.uuid).toMatch(/^[0-9a-f-]{14}4[0-9a-f-]{21}$/);
    expect(host.guests().map(one => one.name)).toEqual(['g1']);
  });

  it.each<[Fault, string, string]>([
    ['qemu-kill', 'shut off', 'crashed'],
    ['qemu-segv', 'shut off', 'crashed'],
    ['qemu-abrt', 'shut off', 'crashed'],
    ['qemu-term', 'shut off', 'shutdown'],
    ['panic', 'shut off', 'crashed'],
    ['guest-poweroff', 'shut off', 'shutdown'],
    ['shutdown', 'shut off', 'shutdown'],
    ['destroy', 'shut off', 'destroyed'],
  ])('%s leaves its guest %s, %s', async (fault, state, reason) => {
    await revive();
    await guest.fault(fault);
    expect(await guest.waitForState(state)).toEqual({ state, reason });
  });

  it.each<[Fault, Fault]>([
    ['agent-kill', 'agent-start'],
    ['agent-stop', 'agent-cont'],
    ['suspend', 'resume'],
    ['qemu-stop', 'qemu-cont'],
    ['managedsave', 'restore'],
  ])('%s silences the agent until %s', async (fault, cure) => {
    await revive();
    await guest.fault(fault);
    expect(await guest.ping()).toBe(false);
    await guest.fault(cure);
    await guest.waitForPing();
  });

  it.each<Fault>(['guest-reboot', 'reboot', 'reset'])('%s boots the guest again', async fault => {
    await revive();
    await guest.shell('touch /tmp/before');
    await guest.fault(fault);
    const booted = async () => {
      const { exitCode } = await guest.shell('[ -e /tmp/before ]', { timeoutMs: 2_000 });
      return exitCode === 1 ? true : undefined;
    };
    await waitUntil('a new boot', booted, { timeoutMs: 60_000, everyMs: 100 });
    await guest.waitForPing();
    expect((await guest.state()).state).toBe('running');
  });

  it('busy loops and an NMI do not silence the agent', async () => {
    await revive();
    await guest.fault('inject-nmi');
    await guest.fault('busy-loops');
    expect((await guest.shell('ps | grep -c "[b]usy-loop"')).output).toBe('20\n');
    expect(await guest.ping()).toBe(true);
    await guest.fault('busy-loops-end');
    const none = async () =>
      (await guest.shell('ps | grep "[b]usy-loop"')).output === '' ? true : undefined;
    await waitUntil('the end of the loops', none, { timeoutMs: 30_000 });
  });

  it.each<Fault>(['forkbomb', 'forkbomb-hard', 'busy-loops-hard'])('%s silences the agent', async fault => {
    await revive();
    await guest.fault(fault);
    const silent = async () => ((await guest.ping()) ? undefined : true);
    await waitUntil('the silence of the agent', silent, { timeoutMs: 60_000 });
    await guest.fault('destroy');
  });

  it('moves a guest to a second host and back, with its shell and definition', async () => {
    await revive();
    const second = await lab.host('n2');
    expect(second.hostUuid).not.toBe(host.hostUuid);
    await guest.migrate(second);
    expect([guest.host.name, await guest.ping(), host.guests().length, second.guests().length]).toEqual([
      'n2',
      true,
      0,
      1,
    ]);
    expect((await guest.shell('echo here')).output).toBe('here\n');
    await guest.migrate(host);
    expect([guest.host.name, await guest.ping(), (await guest.shell('echo back')).output]).toEqual([
      'n1',
      true,
      'back\n',
    ]);
    await second.stop();
    expect(second.isRunning()).toBe(false);
  });

  it.each(['killLibvirtd', 'stopLibvirtd'] as const)('%s leaves the guests alive', async way => {
    await revive();
    const qemu = guest.qemuPid();
    await host[way]();
    expect([host.libvirtdPid(), host.isRunning()]).toEqual([undefined, true]);
    await host.startLibvirtd();
    expect([guest.qemuPid(), await guest.ping()]).toEqual([qemu, true]);
  });

  it('a frozen libvirtd accepts and says nothing until it thaws', async () => {
    host.freezeLibvirtd();
    const socket = connect(host.socketPath);
    await once(socket, 'connect');
    socket.destroy();
    host.thawLibvirtd();
    await revive();
  });

  it('can be attached to from elsewhere', async () => {
    await revive();
    const other = await attachLab({ dir: lab.dir });
    expect(other.hosts().map(one => [one.name, one.isRunning()])).toEqual([
      ['n1', true],
      ['n2', false],
    ]);
    const [seen] = other.hosts().flatMap(one => one.guests());
    expect([seen?.name, seen?.uuid, seen?.qemuPid()]).toEqual(['g1', guest.uuid, guest.qemuPid()]);
  });

  it('a power cut ends a host with its guests, whose definitions are there at the next start', async () => {
    await host.stop();
    expect(processesWithMarker(mark)).toEqual([]);
    await host.start();
    expect(await guest.state()).toEqual({ state: 'shut off', reason: 'unknown' });
    await revive();
  });

  it('goes down though its supervisor was killed, and leaves nothing', async () => {
    const pids = processesWithMarker(mark);
    expect(pids.length).toBeGreaterThanOrEqual(3); // supervisor, libvirtd, QEMU
    sendSignal(readPid(join(lab.dir, 'hosts/n1/supervisor.pid')) ?? 0, 'SIGKILL');
    const report = await lab.down();
    expect(report.found).toBe(true);
    expect(processesWithMarker(mark)).toEqual([]);
    expect(existsSync(lab.dir)).toBe(false);
    expect(machine()).toEqual(before);
    expect(await labDown({ dir: lab.dir })).toEqual({ found: false, processesEnded: 0 });
  });
});

describe.skipIf(real.skip)('guests that fail in other ways', () => {
  let host: LabHost;
  let own: Awaited<ReturnType<typeof realLabOrSkip>>;
  beforeAll(async () => {
    own = await realLabOrSkip();
    host = await own.lab.host('n1');
  });
  afterAll(() => own.lab.down());

  it.each([
    ['restart', 'running'],
    ['preserve', 'crashed'],
  ] as const)('a panic under on_crash=%s ends in %s', async (onCrash, state) => {
    const guest = await host.guest(`crash-${onCrash}`, { onCrash });
    await guest.waitForPing();
    await guest.shell('touch /tmp/before');
    await guest.fault('panic');
    const seen = async () => {
      const now = await guest.state();
      if (now.state !== state || state === 'crashed') return now.state === state ? now : undefined;
      return (await guest.shell('[ -e /tmp/before ]', { timeoutMs: 2_000 })).exitCode === 1 ? now : undefined;
    };
    await waitUntil(`${state} after a panic`, seen, { timeoutMs: 60_000 });
    await guest.remove();
  });

  it('a panic without a panic device is silent', async () => {
    const guest = await host.guest('silent', { panicDevice: false });
    await guest.waitForPing();
    await guest.fault('panic');
    await waitUntil('the panic on the console', () => /Kernel panic/.test(guest.consoleTail()) || undefined, {
      timeoutMs: 30_000,
    });
    expect([(await guest.state()).state, await guest.ping()]).toEqual(['running', false]);
    await guest.remove();
    expect(host.guests()).toEqual([]);
  });

  it.each([
    ['poweroff', { state: 'shut off', reason: 'crashed' }],
    ['pause', { state: 'paused', reason: 'watchdog' }],
  ] as const)('a watchdog with the action %s leaves %o', async (watchdog, expected) => {
    const guest = await host.guest(`dog-${watchdog}`, { watchdog });
    await guest.waitForPing();
    await guest.fault('watchdog');
    expect(await guest.waitForState(expected.state)).toEqual(expected);
    await guest.remove();
  });

  it('a watchdog with the action reset boots it again', async () => {
    const guest = await host.guest('dog-reset', { watchdog: 'reset' });
    await guest.waitForPing();
    await guest.shell('touch /tmp/before');
    await guest.fault('watchdog');
    const booted = async () =>
      (await guest.shell('[ -e /tmp/before ]', { timeoutMs: 2_000 })).exitCode === 1 ? true : undefined;
    await waitUntil('a new boot', booted, { timeoutMs: 60_000 });
    await guest.remove();
  });

  it('a full disk pauses it, or is only reported', async () => {
    const stops = await host.guest('full', { ioDisk: {} });
    await stops.waitForPing();
    await stops.fault('io-error');
    expect(await stops.waitForState('paused')).toEqual({ state: 'paused', reason: 'I/O error' });
    await stops.remove();

    const reports = await host.guest('full', { ioDisk: { errorPolicy: 'report' } });
    await reports.waitForPing();
    await reports.fault('io-error');
    const failed = async () =>
      /I\/O error/.test((await reports.shell('dmesg | tail -20')).output) ? true : undefined;
    await waitUntil('the error in the guest', failed, { timeoutMs: 30_000 });
    expect((await reports.state()).state).toBe('running');
    await reports.remove();
  });

  it('a guest can beat on a channel of its own, and have no agent channel', async () => {
    const guest = await host.guest('beats', { heartbeatChannel: true, agentChannel: false });
    const lines = createInterface({ input: connect(guest.heartbeatPath) });
    const [first] = (await once(lines, 'line')) as [string];
    expect(first).toMatch(/^HB \d+ \d+\.\d+$/);
    lines.close();
    expect(await guest.ping()).toBe(false);
    await guest.remove();
  });
});

describe.skipIf(real.skip)('a lab whose process dies', () => {
  it('ends by itself', async () => {
    const own = await realLabOrSkip();
    await own.lab.down();
    const child = spawn(process.execPath, [
      '--conditions=@instance-ha/source',
      '--input-type=module',
      '-e',
      `import { sharedLab } from ${JSON.stringify(new URL('./fixture.ts', import.meta.url).href)};
       const lab = await sharedLab();
       const host = await lab.host('n1');
       const guest = await host.guest('g1');
       console.log(JSON.stringify([lab.dir, host.libvirtdPid(), guest.qemuPid()]));
       setInterval(() => {}, 1000);`,
    ]);
    child.stderr.pipe(process.stderr);
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    const [dir, ...pids] = JSON.parse(String(text)) as [string, number, number];
    const identities = pids.map(pid => identify(pid));
    expect(identities.every(Boolean)).toBe(true);
    child.kill('SIGKILL');
    const gone = () => identities.every(one => one === undefined || !isAlive(one)) || undefined;
    await waitUntil('the end of the orphaned host', gone, { timeoutMs: 10_000, everyMs: 20 });

    const next = await realLabOrSkip();
    await next.lab.down();
    expect(existsSync(dir)).toBe(false);
  });
});
