/** A real process that is killed, watched by a real monitor; real API, worker and PostgreSQL. Only libvirtd is scripted. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NotificationDetail } from '@instance-ha/contracts';
import { createFakeLibvirtd, type FakeLibvirtd } from '@instance-ha/libvirt-rpc/fake-server';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { eventually } from './eventually.ts';
import { Stack } from './stack.ts';

const host = 'node1';
let folder: string;
/** A program name that nothing else on this machine has. */
let name: string;
let libvirtd: FakeLibvirtd;
let stack: Stack;

/** Each start of the process, by the test or by the restart command, notes its pid. */
const pids = (): number[] => lines('pids').map(Number);
/** Each run of the restart command notes that it began. */
const restarts = (): number => lines('restarts').length;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iha-dead-process-'));
  name = `iha-${folder.slice(-6)}`;
  script(name, `echo $$ >> ${folder}/pids; while :; do sleep 1; done`);
  // While the file \`slow\` is there a restart takes its time.
  script(
    'restart-it',
    `echo x >> ${folder}/restarts; while [ -e ${folder}/slow ]; do sleep 0.1; done; ${folder}/${name} &`,
  );
  libvirtd = createFakeLibvirtd({ guests: [{ name: 'web' }] });
  const socket = join(folder, 'libvirt-sock');
  await libvirtd.listen(socket);
  stack = await Stack.start([{ name: host, uri: `qemu+unix:///system?socket=${encodeURI(socket)}` }], {
    env: {
      OS_PROCESS__PROCESSES: name,
      OS_PROCESS__CHECK_INTERVAL: '1',
      OS_PROCESS__RESTART_COMMANDS: `${name}=${folder}/restart-it`,
      OS_PROCESS__MAINTENANCE_FILE: join(folder, 'maintenance'),
      OS_PROCESS_FAILURE__RESTART_BUDGET: '100',
    },
    workers: 1,
  });
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  await libvirtd?.close();
  for (const pid of pids()) end(pid);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('a process that is killed', () => {
  it('is restarted by the monitor of its host, and finished', async () => {
    const incident = await aDeath();
    const { notification, journal } = await untilEnded(incident);
    expect(`${notification.status}: ${notification.message}`).toBe('finished: restarted, and runs');
    expect(notification.evidence?.rule).toBe('process-missing');
    expect(journal.map(({ event }) => (event as { type: string }).type)).toContain('monitor-act-ended');
    expect([restarts(), pids().length]).toEqual([1, 2]);
    expect(isAlive(pids().at(-1) ?? 0)).toBe(true);
    // Its return is told as well, and nothing is to be done about it.
    const back = await untilFiled('STARTED', 1);
    expect((await untilEnded(back)).notification.message).toBe('it is back, and nothing is to be done');
    const { actions } = (await stack.api.v2.monitors.listActions({ params: { host } })).body;
    expect(actions.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'restart-process done',
      'look-at-process done',
    ]);
  }, 60_000);

  it('while the monitor is killed in the middle of the restart: it is not restarted twice', async () => {
    const before = restarts();
    writeFileSync(join(folder, 'slow'), '');
    const incident = await aDeath();
    await eventually('the restart has begun', 30_000, async () => restarts() === before + 1);
    await stack.monitor(host).kill();
    rmSync(join(folder, 'slow'));
    stack.monitor(host).start();
    const { notification, journal } = await untilEnded(incident);
    expect(`${notification.status}: ${notification.message}`).toBe('finished: restarted, and runs');
    expect(JSON.stringify(journal)).toContain('"in-doubt"');
    expect(restarts()).toBe(before + 1);
  }, 90_000);

  it('while the worker is killed in the middle of the recovery: another goes on with the same restart', async () => {
    const before = restarts();
    writeFileSync(join(folder, 'slow'), '');
    const incident = await aDeath();
    await eventually('the restart has begun', 30_000, async () => restarts() === before + 1);
    const [worker] = stack.workers;
    await worker?.kill();
    worker?.start();
    await eventually('another worker goes on', 30_000, async () => {
      const { journal } = await detail(incident);
      return JSON.stringify(journal).includes('"taken-over"');
    });
    rmSync(join(folder, 'slow'));
    const { notification } = await untilEnded(incident);
    expect(notification.status).toBe('finished');
    expect(restarts()).toBe(before + 1);
  }, 90_000);

  it('while it is under maintenance is nobody’s incident', async () => {
    await eventually('the monitor has seen it run', 20_000, async () => watchedPid() === pids().at(-1));
    const filed = (await notifications('STOPPED')).length;
    writeFileSync(join(folder, 'maintenance'), `${name}\n`);
    end(pids().at(-1) ?? 0);
    await eventually('the monitor knows', 20_000, async () =>
      readFileSync(stack.monitor(host).logFile, 'utf8').includes('"to":"stopped"'),
    );
    rmSync(join(folder, 'maintenance'));
    await startProcess();
    await eventually('it is watched again', 20_000, async () => watchedPid() === pids().at(-1));
    expect(await notifications('STOPPED')).toHaveLength(filed);
  }, 60_000);
});

let deaths = 0;

/** Kills the process, with one that the monitor has seen running before; answers the notification of it. */
async function aDeath(): Promise<string> {
  onTestFailed(() => console.error(stack.logs()));
  deaths += 1;
  if (!isAlive(pids().at(-1) ?? 0)) await startProcess();
  await eventually('the monitor has seen it run', 20_000, async () => watchedPid() === pids().at(-1));
  end(pids().at(-1) ?? 0);
  return untilFiled('STOPPED', deaths);
}

/** The pid that the monitor has on record. */
function watchedPid(): number | undefined {
  const file = join(stack.folder, host, 'monitor', 'processes.json');
  if (!existsSync(file)) return undefined;
  const { processes } = JSON.parse(readFileSync(file, 'utf8')) as {
    processes: Record<string, { phase: string; life: string }>;
  };
  const { phase, life } = processes[name] ?? { phase: 'unseen', life: '' };
  return phase === 'running' ? Number(life.split('/')[1]) : undefined;
}

async function startProcess(): Promise<void> {
  const count = pids().length;
  spawn(join(folder, name), { stdio: 'ignore', detached: true }).unref();
  await eventually('it runs', 5000, async () => pids().length === count + 1);
}

async function notifications(event: 'STOPPED' | 'STARTED') {
  const { body } = await stack.api.v2.notifications.list({ query: { type: 'COMPUTE_PROCESS', limit: 100 } });
  return body.notifications.filter(
    ({ payload }) => payload.type === 'COMPUTE_PROCESS' && payload.event === event,
  );
}

/** The newest of so many. */
async function untilFiled(event: 'STOPPED' | 'STARTED', count: number): Promise<string> {
  let newest = '';
  await eventually(`${event} ${count} is filed`, 30_000, async () => {
    const found = await notifications(event);
    newest = found[0]?.uuid ?? '';
    return found.length === count;
  });
  return newest;
}

const detail = async (uuid: string): Promise<NotificationDetail> =>
  (await stack.api.v2.notifications.get({ params: { uuid } })).body;

async function untilEnded(uuid: string): Promise<NotificationDetail> {
  await eventually('its recovery has ended', 60_000, async () => {
    const { notification } = await detail(uuid);
    if (notification.endedAt === null)
      throw new Error(`it is ${notification.status}: ${notification.message}`);
    return true;
  });
  return detail(uuid);
}

function script(file: string, text: string): void {
  writeFileSync(join(folder, file), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, file), 0o755);
}

function lines(file: string): string[] {
  const path = join(folder, file);
  appendFileSync(path, '');
  return readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

function isAlive(pid: number): boolean {
  return pid > 0 && existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
}

function end(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}
