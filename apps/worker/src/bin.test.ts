import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const shim = new URL('../bin.cjs', import.meta.url);
/** How the worker asks to be started. */
const { runtime } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const bundled = `node_modules/node-${process.platform}-${process.arch}`;

let folder: string;

/** An installed app: the shim, a manifest, a program that tells how it was run, and a bundled runtime or none. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'instance-ha-bin-'));
  await copyFile(shim, join(folder, 'bin.cjs'));
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ type: 'module', bin: { 'some-app': './bin.cjs' }, runtime }),
  );
  await mkdir(join(folder, 'dist'));
  await writeFile(
    join(folder, 'dist/main.js'),
    `const [what] = process.argv.slice(2);
     if (what === 'wait') {
       process.on('SIGTERM', () => process.exit(5));
       process.on('SIGHUP', () => console.log('reloaded'));
       setInterval(() => {}, 1000);
     } else process.exitCode = what === 'flags' ? 0 : 3;
     console.log(process.versions.node + ' ' + process.argv.slice(2).join(' '));
     if (what === 'flags') console.log(process.execArgv.join(' '));
     if (what === 'die') process.kill(process.pid, 'SIGKILL');`,
  );
  // Any Node.js can be made to look old.
  await writeFile(
    join(folder, 'old.cjs'),
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } });`,
  );
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function bundle(target = process.execPath): Promise<void> {
  await mkdir(join(folder, bundled, 'bin'), { recursive: true });
  await writeFile(join(folder, bundled, 'package.json'), '{}');
  await symlink(target, join(folder, bundled, 'bin/node'));
}

function start(old: boolean, ...told: string[]): { child: ChildProcess; output: () => string } {
  const preload = old ? ['--require', join(folder, 'old.cjs')] : [];
  const child = spawn(process.execPath, [...preload, join(folder, 'bin.cjs'), ...told], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', chunk => (output += chunk));
  child.stderr?.on('data', chunk => (output += chunk));
  return { child, output: () => output };
}

async function ended({ child }: { child: ChildProcess }): Promise<[number | null, string | null]> {
  return (await once(child, 'close')) as [number | null, string | null];
}

async function untilSaid(
  running: { child: ChildProcess; output: () => string },
  words: string,
): Promise<void> {
  while (!running.output().includes(words))
    await once(running.child.stdout as NonNullable<typeof running.child.stdout>, 'data');
}

describe('the binary', () => {
  it('runs the program itself on a Node.js that is new enough', async () => {
    const running = start(false, 'one', 'two');
    expect(await ended(running)).toEqual([3, null]);
    expect(running.output()).toBe(`${process.versions.node} one two\n`);
  });

  it('runs it on the bundled runtime otherwise, with its arguments and exit code', async () => {
    await bundle();
    const running = start(true, 'one', 'two');
    expect(await ended(running)).toEqual([3, null]);
    expect(running.output()).toBe(`${process.versions.node} one two\n`);
  });

  it('asks for a small heap by its first line, and of the bundled runtime', async () => {
    await chmod(join(folder, 'bin.cjs'), 0o755);
    const output = execFileSync(join(folder, 'bin.cjs'), ['flags'], {
      encoding: 'utf8',
      env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    });
    expect(output).toContain('--max-semi-space-size=1\n');
    await bundle();
    const bundled = start(true, 'flags');
    await ended(bundled);
    expect(bundled.output()).toContain(`${[...runtime.heap, ...runtime.tiers].join(' ')}\n`);
  });

  it('passes signals on, and ends as the program does', async () => {
    await bundle();
    const running = start(true, 'wait');
    await untilSaid(running, 'wait');
    running.child.kill('SIGHUP');
    await untilSaid(running, 'reloaded');
    running.child.kill('SIGTERM');
    expect(await ended(running)).toEqual([5, null]);
    expect(await ended(start(true, 'die'))).toEqual([null, 'SIGKILL']);
  });

  it('says in one sentence what is missing, and exits with 78', async () => {
    const without = start(true);
    expect(await ended(without)).toEqual([78, null]);
    expect(without.output()).toBe(
      'some-app needs Node.js 22.18 or newer (this is v20.9.0) and no bundled runtime is installed.\n',
    );
    await bundle(join(folder, 'package.json'));
    const broken = start(true);
    expect(await ended(broken)).toEqual([78, null]);
    expect(broken.output()).toContain('the bundled runtime cannot be started: spawn');
  });
});
