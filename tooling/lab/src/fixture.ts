import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canHostLab } from './can-host-lab.ts';
import { createLab, type Lab, labDown } from './lab.ts';
import { LabError } from './lab-error.ts';
import { ownFolder } from './own-folder.ts';
import { identify, isAlive, type ProcessIdentity } from './processes.ts';

/**
 * The door for tests. Unlike the rest of this package it reads the environment: `CI` (a lab that is not possible is then an
 * error, never a skip) and, by `os.tmpdir()`, `TMPDIR`.
 */
export type RealLab = {
  lab: Lab;
  /** False when there is a lab; else the reason, and `lab` then rejects whatever is asked of it. */
  skip: false | string;
};

/**
 * A lab for one test file, or the reason why there can be none here.
 *
 * ```ts
 * const real = await realLabOrSkip();
 * describe.skipIf(real.skip)('a guest that panics', () => {
 *   afterAll(() => real.lab.down());
 *   it('…', async () => { const host = await real.lab.host('n1'); … });
 * });
 * ```
 *
 * When the lab is skipped one plain line on the error stream says so and why. With `CI` set to anything but `false` or
 * nothing it throws instead.
 */
export async function realLabOrSkip(): Promise<RealLab> {
  const possibility = await canHostLab();
  if (possibility.possible) return { lab: await sharedLab(), skip: false };
  const ci = process.env.CI ?? '';
  if (ci !== '' && ci !== 'false') {
    throw new Error(`CI=${ci}: the tests on real guests must run, but ${possibility.reason}`);
  }
  process.stderr.write(`Tests on real guests are skipped: ${possibility.reason}\n`);
  return { lab: absentLab(possibility.reason), skip: possibility.reason };
}

/**
 * A lab of its own for the caller, in a folder of its own below `TMPDIR`/instance-ha-lab; packages and the guest image are
 * prepared once per machine and shared, under a lock. All its hosts end when this process does, however it ends; labs whose
 * process died are swept by the next caller. Take it down with `await lab.down()` or `await using`.
 */
export async function sharedLab(): Promise<Lab> {
  const root = ownFolder(join(tmpdir(), 'instance-ha-lab'));
  const runs = join(root, 'runs');
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  await sweepDeadRuns(runs);

  const dir = join(runs, randomBytes(3).toString('hex'));
  mkdirSync(dir, { mode: 0o700 });
  writeFileSync(join(dir, 'owner.json'), JSON.stringify(identify(process.pid)));
  const lab = await createLab({
    dir,
    imageDir: join(root, 'image'),
    cacheDir: join(root, 'cache'),
    lifetime: 'process',
    onProgress: ({ step, text }) => {
      if (step !== 'host' && step !== 'down') process.stderr.write(`lab: ${text}\n`);
    },
  });
  const down = async () => {
    const report = await lab.down();
    rmSync(dir, { recursive: true, force: true });
    return report;
  };
  return {
    ...lab,
    down,
    [Symbol.asyncDispose]: async () => {
      await down();
    },
  };
}

/** Stands where a lab would be, so that a skipped test file needs no second code path. */
function absentLab(reason: string): Lab {
  const refuse = () => Promise.reject(new LabError('not-possible', reason));
  const down = () => Promise.resolve({ found: false, processesEnded: 0 });
  return {
    dir: '',
    host: refuse,
    hosts: () => [],
    down,
    [Symbol.asyncDispose]: async () => {},
  };
}

async function sweepDeadRuns(runs: string): Promise<void> {
  for (const name of readdirSync(runs)) {
    const dir = join(runs, name);
    const owner = readOwner(dir);
    if (owner === undefined || isAlive(owner) || !existsSync(dir)) continue;
    await labDown({ dir });
    rmSync(dir, { recursive: true, force: true });
  }
}

function readOwner(dir: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'owner.json'), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined; // being made at this moment, or already gone
  }
}
