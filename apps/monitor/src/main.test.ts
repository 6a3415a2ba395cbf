/** The monitor as a process of its own, as systemd and people run it, against a libvirtd of scripted guests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFakeLibvirtd, type FakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSystemdNotify, notifySocket } from './testing/notify-socket.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

let folder: string;
let libvirtd: FakeLibvirtd;
let stops: (() => unknown)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iha-monitor-'));
  libvirtd = createFakeLibvirtd({
    guests: [{ name: 'web' }, { name: 'old', agent: 'not-configured' }, { name: 'off', state: 5, reason: 1 }],
  });
  await libvirtd.listen(join(folder, 'libvirt-sock'));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  await libvirtd.close();
  rmSync(folder, { recursive: true });
});

const file = () => join(folder, 'instance-ha.conf');
const write = (own: Partial<Record<'DEFAULT' | 'monitor', string>> = {}) =>
  writeFileSync(
    file(),
    `[DEFAULT]
host = node1
state_path = ${folder}
${own.DEFAULT ?? ''}
[libvirt]
connection_uri = qemu+unix:///system?socket=${join(folder, 'libvirt-sock')}
[monitor]
metrics_port = 0
${own.monitor ?? ''}
`,
  );

type Line = {
  level: string;
  msg: string;
  options?: string[];
  problem?: string;
  spoolDepth?: number;
  pid?: number;
};

function start(flags: string[] = [], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning', main, ...flags],
    {
      env: { PATH: process.env.PATH, OS_DEFAULT__LOG_FILE: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const said = { out: '', err: '' };
  child.stdout?.on('data', chunk => (said.out += chunk));
  child.stderr?.on('data', chunk => (said.err += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  stops.push(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
    return ended;
  });
  const lines = (): Line[] =>
    said.out
      .split('\n')
      .slice(0, -1)
      .map(line => JSON.parse(line));
  return {
    said,
    ended,
    lines,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    says: (msg: string) => until(() => expect(lines().map(line => line.msg)).toContain(msg)),
  };
}

const until = (isTrue: () => void) => vi.waitFor(isTrue, { timeout: 15_000, interval: 20 });

describe('looking once', () => {
  it('prints every guest as JSON, files nothing, keeps nothing, and ends with 0', async () => {
    write();
    const monitor = start(['--config-file', file(), '--once', '--json']);
    expect([await monitor.ended, monitor.said.err]).toEqual([0, '']);
    const { host, guests } = JSON.parse(monitor.said.out);
    expect(host).toBe('node1');
    const uuidOf = (name: string) => libvirtd.guest(name).uuid;
    const order = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(guests.sort(order)).toEqual([
      {
        uuid: uuidOf('off'),
        name: 'off',
        state: 'shutoff',
        reason: 'shutdown',
        agentChannel: true,
        heartbeat: 'not asked',
        detail: 'the guest does not run',
      },
      {
        uuid: uuidOf('old'),
        name: 'old',
        state: 'running',
        reason: 'booted',
        agentChannel: false,
        heartbeat: 'unmonitored',
        detail: 'the guest has no agent channel',
      },
      {
        uuid: uuidOf('web'),
        name: 'web',
        state: 'running',
        reason: 'booted',
        agentChannel: true,
        heartbeat: 'answered',
        detail: null,
      },
    ]);
  });

  it('prints a table for people', async () => {
    write();
    const monitor = start(['--config-file', file(), '--once']);
    expect(await monitor.ended).toBe(0);
    expect(monitor.said.out).toMatch(/^NAME +UUID +STATE +HEARTBEAT +DETAIL\n/);
    expect(monitor.said.out).toMatch(/^web +\S{36} +running \(booted\) +answered$/m);
  });

  it('ends with 1 and says why where there is no libvirtd', async () => {
    write();
    await libvirtd.close();
    const monitor = start(['--config-file', file(), '--once', '--json']);
    expect(await monitor.ended).toBe(1);
    expect(monitor.lines().at(-1)).toMatchObject({
      level: 'fatal',
      msg: 'the host could not be looked at',
      why: expect.stringContaining('libvirt-sock'),
    });
  });
});

describe('sink = masakari', () => {
  it('without a cloud ends with 1, and says all that is missing and who needs it', async () => {
    write({ monitor: 'sink = masakari' });
    const monitor = start(['--config-file', file()], { OS_USERNAME: 'masakari' });
    expect(await monitor.ended).toBe(1);
    expect(monitor.said.out).toMatch(
      /\[monitor\] sink = masakari needs to know its cloud by \[openstack\]: .*OS_AUTH_URL.*OS_PASSWORD/,
    );
  });
});

describe('SIGHUP', () => {
  it('takes what can be taken, names what cannot, and refuses a bad file whole', async () => {
    write({ DEFAULT: 'log_level = info' });
    const monitor = start(['--config-file', file()]);
    await monitor.says('monitor starts');
    await until(() => expect(monitor.said.out).toContain('"to":"alive"'));
    const aliveLines = () => monitor.said.out.split('"to":"alive"').length - 1;
    const heard = aliveLines();

    write({ DEFAULT: 'log_level = debug\ninstance_check_interval = 5', monitor: 'spool_max = 11' });
    monitor.kill('SIGHUP');
    await monitor.says('configuration read again');
    expect(monitor.lines().filter(({ options }) => options)).toMatchObject([
      { level: 'warn', options: ['monitor.spool_max'] },
      { level: 'info', options: ['DEFAULT.instance_check_interval', 'DEFAULT.log_level'] },
    ]);
    // The new level counts: nothing of the kind was said before.
    await until(() => expect(monitor.lines().map(({ level }) => level)).toContain('debug'));

    write({ DEFAULT: 'log_level = info\ninstance_check_interval = often', monitor: 'falure_threshold = 1' });
    monitor.kill('SIGHUP');
    await until(() => expect(monitor.lines().filter(({ problem }) => problem)).toHaveLength(2));
    const told = monitor.lines().filter(({ problem }) => problem);
    for (const { msg } of told) expect(msg).toBe('the new configuration is refused, the old one stays');
    expect(told.map(({ problem }) => problem).join('\n')).toMatch(
      /instance-ha\.conf:5.*instance_check_interval/,
    );
    expect(told.map(({ problem }) => problem).join('\n')).toContain('failure_threshold');
    const debugLines = () => monitor.lines().filter(({ level }) => level === 'debug').length;
    const before = debugLines();
    await until(() => expect(debugLines()).toBeGreaterThan(before));

    // No guest was found anew: what is known of them outlived both.
    expect(aliveLines()).toBe(heard);
    expect(monitor.lines().filter(({ msg }) => msg === 'monitor starts')).toHaveLength(1);
    monitor.kill('SIGTERM');
    expect(await monitor.ended).toBe(0);
  });
});

/** An API of which only the configuration answers: `wants` is what the monitor is to run, `filed` what it was sent. */
async function configurationApi() {
  const api = {
    wants: { revision: 0, layers: [] as { name: string; text: string }[] },
    reports: [] as string[],
  };
  const filed: { incidentKey: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => (body += chunk));
    request.on('end', () => {
      const { pathname } = new URL(request.url ?? '', 'http://api');
      const answer = (value: unknown, status = 200) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      if (pathname === '/v2/configuration/wanted/node1') return answer(api.wants);
      if (pathname === '/v2/configuration/running/node1') {
        const { state, running } = JSON.parse(body) as { state: string; running: number };
        api.reports.push(`${state} ${running}`);
        return answer({ taken: true });
      }
      if (pathname === '/v2/notifications') filed.push(JSON.parse(body) as { incidentKey: string });
      return answer({}, 503);
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stops.push(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  });
  return { api, filed, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('what is pushed', () => {
  it('lets the monitor begin anew where it must, in the same process, with its spool and what it knew of guests', async () => {
    const { api, filed, url } = await configurationApi();
    write({ monitor: `api_url = ${url}` });
    const monitor = start(['--config-file', file()]);
    await until(() => expect(monitor.said.out).toContain('"to":"alive"'));
    libvirtd.inflict('web', 'qemu-killed');
    await until(() => expect(filed.length).toBeGreaterThan(0)); // Refused with 503: it stays in the spool.

    api.wants = { revision: 3, layers: [{ name: 'instance-ha.conf', text: '[monitor]\nspool_max = 11\n' }] };
    await until(() => expect(api.reports).toContain('applied 3'));
    const starts = monitor.lines().filter(({ msg }) => msg === 'monitor starts');
    expect(starts).toMatchObject([{ spoolDepth: 0 }, { spoolDepth: 1 }]);
    expect(new Set(starts.map(({ pid }) => pid)).size).toBe(1);
    const before = filed.length;
    await until(() => expect(filed.length).toBeGreaterThan(before));
    expect(new Set(filed.map(({ incidentKey }) => incidentKey)).size).toBe(1);
    monitor.kill('SIGTERM');
    expect(await monitor.ended).toBe(0);
  });
});

describe.skipIf(noSystemdNotify)(`systemd${noSystemdNotify ? ` (${noSystemdNotify})` : ''}`, () => {
  it('hears that the monitor is ready, lives, reads its file again, and stops', async () => {
    write();
    const socket = await notifySocket(join(folder, 'notify'));
    stops.push(() => socket.close());
    const monitor = start(['--config-file', file()], { NOTIFY_SOCKET: join(folder, 'notify') });
    await until(() => expect(socket.heard()).toContain('WATCHDOG=1'));
    const ready = 'READY=1 STATUS=watching the guests of node1';
    expect(socket.heard()[0]).toBe(ready);
    monitor.kill('SIGHUP');
    await until(() => expect(socket.heard().filter(one => one === ready)).toHaveLength(2));
    const news = socket.heard().filter(one => one !== 'WATCHDOG=1');
    expect(news).toEqual([ready, 'RELOADING=1', ready]);
    monitor.kill('SIGTERM');
    expect(await monitor.ended).toBe(0);
    await until(() => expect(socket.heard().at(-1)).toBe('STOPPING=1'));
  });

  it('does not hear of a stop when the monitor begins anew', async () => {
    const { api, url } = await configurationApi();
    write({ monitor: `api_url = ${url}` });
    const socket = await notifySocket(join(folder, 'notify'));
    stops.push(() => socket.close());
    start(['--config-file', file()], { NOTIFY_SOCKET: join(folder, 'notify') });
    await until(() => expect(socket.heard()).toHaveLength(2));
    api.wants = { revision: 3, layers: [{ name: 'instance-ha.conf', text: '[monitor]\nspool_max = 11\n' }] };
    const ready = 'READY=1 STATUS=watching the guests of node1';
    await until(() => expect(socket.heard().filter(one => one === ready)).toHaveLength(2));
    expect(socket.heard().filter(one => one !== 'WATCHDOG=1')).toEqual([ready, ready]);
  });
});
