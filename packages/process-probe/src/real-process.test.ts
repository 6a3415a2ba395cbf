/** On real processes of this test's own, found by a name that nothing else has. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTimeOf } from '@instance-ha/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProcessHands, createProcessProbe } from './index.ts';

let folder: string;
let name: string;
const children = new Set<ChildProcess>();
const { signal } = new AbortController();
const limits = { timeoutMs: 5000, signal };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iha-process-'));
  name = `iha-${folder.slice(-6)}`;
  script(name, 'while :; do sleep 1; done\n');
});
afterEach(async () => {
  for (const child of children) await end(child);
  rmSync(folder, { recursive: true });
});

function script(file: string, text: string): string {
  const path = join(folder, file);
  writeFileSync(path, `#!/bin/sh\n${text}`);
  chmodSync(path, 0o755);
  return path;
}

async function start(): Promise<ChildProcess> {
  const child = spawn(join(folder, name), { stdio: 'ignore', detached: true });
  children.add(child);
  await once(child, 'spawn');
  return child;
}

/** With what it started. */
async function end(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

/** A systemctl that says of every unit what stands here. */
const systemctl = (active: string): string =>
  script(
    'systemctl',
    active === 'hangs'
      ? 'exec sleep 60\n'
      : `echo LoadState=loaded; echo ActiveState=${active}; echo SubState=dead; echo Result=success\n`,
  );

const probe = (told: { active?: string; unit?: boolean } = {}) =>
  createProcessProbe({
    units: () => (told.unit === false ? {} : { [name]: `${name}.service` }),
    maintenanceFile: join(folder, 'maintenance'),
    systemctl: systemctl(told.active ?? 'failed'),
  });

describe('a process', () => {
  it('is found by its name, and told from the next one', async () => {
    const eyes = probe();
    expect(await eyes.look(name, limits)).toMatchObject({ seen: 'absent', wish: 'none' });
    const first = await start();
    const seen = await eyes.look(name, limits);
    expect(seen).toEqual({
      seen: 'running',
      life: expect.stringMatching(new RegExp(`^${eyes.bootId}/${first.pid}/\\d+$`)),
      detail: `runs as process ${first.pid}`,
    });
    expect(await eyes.look(name, limits)).toEqual(seen);
    expect(await probe().look(name, limits)).toEqual(seen); // By a monitor that is started anew, too.
    await end(first);
    expect((await eyes.look(name, limits)).seen).toBe('absent');
    await start();
    expect(await eyes.look(name, limits)).not.toEqual(seen);
  });

  it('of which there are several is the oldest', async () => {
    const first = await start();
    // Ages are told in hundredths of a second.
    for (let other = await start(); startTimeOf(other.pid ?? 0) === startTimeOf(first.pid ?? 0); ) {
      await end(other);
      other = await start();
    }
    expect(await probe().look(name, limits)).toMatchObject({ detail: `runs as process ${first.pid}` });
  });

  it('that is dead and was not waited for does not run', async () => {
    // A parent that never waits: its dead child keeps its place in /proc.
    const parent = spawn('/bin/sh', ['-c', `${join(folder, name)} & exec sleep 600`], {
      stdio: 'ignore',
      detached: true,
    });
    children.add(parent);
    const eyes = probe();
    await vi.waitFor(async () => expect((await eyes.look(name, limits)).seen).toBe('running'));
    const { detail } = await eyes.look(name, limits);
    const pid = Number(/\d+$/.exec(detail)?.[0]);
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '));
    expect((await eyes.look(name, limits)).seen).toBe('absent');
  });
});

describe('an absent process', () => {
  it.each([
    ['inactive', { seen: 'absent', wish: 'stopped' }],
    ['failed', { seen: 'absent', wish: 'none' }],
    ['activating', { seen: 'absent', wish: 'restarting' }],
  ])('whose unit is %s', async (active, sighting) => {
    expect(await probe({ active }).look(name, limits)).toMatchObject(sighting);
  });

  it('whose systemd does not answer is not told of at all', async () => {
    const seen = await probe({ active: 'hangs' }).look(name, { timeoutMs: 200, signal });
    expect(seen).toMatchObject({ seen: 'could-not-look' });
  });

  it('is under maintenance when the file says so: of all, or of those it names', async () => {
    const eyes = probe({ unit: false });
    const file = join(folder, 'maintenance');
    expect(await eyes.look(name, limits)).toMatchObject({ wish: 'none' });
    writeFileSync(file, '');
    expect(await eyes.look(name, limits)).toMatchObject({ wish: 'stopped' });
    writeFileSync(file, 'another\n');
    expect(await eyes.look(name, limits)).toMatchObject({ wish: 'none' });
    writeFileSync(file, `another\n  ${name}\n`);
    expect(await eyes.look(name, limits)).toMatchObject({ wish: 'stopped' });
  });

  it('ends its look when it is told to', async () => {
    const stop = new AbortController();
    const look = probe({ active: 'hangs' }).look(name, { timeoutMs: 60_000, signal: stop.signal });
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(look).rejects.toBe(reason);
  });
});

describe('a restart', () => {
  const restart = (command: readonly string[] | undefined, timeoutMs = 5000, until = signal) =>
    createProcessHands({ commands: () => (command ? { [name]: command } : {}), folder }).restart(name, {
      timeoutMs,
      signal: until,
    });

  it('runs the command as it stands, without a shell and without our environment', async () => {
    const tell = script('tell', `for word in "$@"; do echo "$word"; done; env | sort\n`);
    process.env.IHA_SECRET_OF_OURS = 'secret';
    expect(await restart([tell, '$HOME', '; touch x', '*'])).toEqual({
      outcome: 'done',
      detail: `${tell} ended well`,
    });
    const said = readFileSync(join(folder, `restart-${name}.log`), 'utf8');
    expect(said.split('\n').slice(0, 3)).toEqual(['$HOME', '; touch x', '*']);
    expect(said).not.toContain('IHA_SECRET_OF_OURS');
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('that fails is told with its last words', async () => {
    const fails = script('fails', 'echo "Unit not found." >&2; exit 5\n');
    expect(await restart([fails])).toEqual({
      outcome: 'failed',
      detail: `${fails} ended with exit code 5: Unit not found.`,
    });
  });

  it('that is not there, or not named, is told', async () => {
    expect(await restart([join(folder, 'none')])).toMatchObject({ outcome: 'failed' });
    expect(await restart(undefined)).toMatchObject({ outcome: 'refused' });
    const hands = createProcessHands({ commands: () => ({}), folder });
    for (const odd of ['toString', '__proto__', '../x'])
      expect(await hands.restart(odd, limits)).toMatchObject({ outcome: 'refused' });
  });

  it('that hangs is ended in its time, or when it is told to', async () => {
    const hangs = script('hangs', 'exec sleep 60\n');
    expect(await restart([hangs], 200)).toEqual({
      outcome: 'failed',
      detail: `${hangs} had not ended after 200 ms`,
    });
    const stop = new AbortController();
    const reason = new Error('stopped');
    const restarting = restart([hangs], 60_000, stop.signal);
    stop.abort(reason);
    await expect(restarting).rejects.toBe(reason);
  });

  it('may leave running what it started, which goes on writing', async () => {
    const leaves = script('leaves', `${join(folder, name)} & echo $! > ${join(folder, 'pid')}\n`);
    expect(await restart([leaves])).toMatchObject({ outcome: 'done' });
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(await probe().look(name, limits)).toMatchObject({ detail: `runs as process ${pid}` });
    process.kill(pid, 'SIGKILL');
  });
});
