import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { canHostLab } from './can-host-lab.ts';
import { ensureGuestImage } from './guest-image.ts';
import { readHostFile } from './host-folder.ts';
import { LabError } from './lab-error.ts';
import { type LabHost, openHost } from './lab-host.ts';
import { endMarked, labMark } from './lab-mark.ts';
import { lockMachine } from './machine-lock.ts';
import { ownFolder } from './own-folder.ts';
import { installPackages, installPlan } from './packages.ts';
import { identify, type ProcessIdentity } from './processes.ts';
import type { OnProgress } from './progress.ts';

export type LabOptions = {
  /** The lab's folder; made when it is not there. Everything the lab writes is below it. */
  dir: string;
  /** Where the guest image is built and kept; default `dir`/image. May be shared by many labs. */
  imageDir?: string;
  /** Where libvirt keeps what it learnt of QEMU; default `dir`/cache. May be shared by many labs. */
  cacheDir?: string;
  /** `process`: all hosts end within about a second when this process does, however it ends. `detached` (default): they stay until `labDown`. */
  lifetime?: 'process' | 'detached';
  /** `install` (default): missing Debian packages are installed, told first by `onProgress`. `require`: they must be there. */
  packages?: 'install' | 'require';
  onProgress?: OnProgress;
  /** Aborts waiting and preparing; hosts that run are left to `down`. */
  signal?: AbortSignal;
};

/** A laboratory of private hosts with tiny real guests. */
export type Lab = AsyncDisposable & {
  readonly dir: string;
  /** The host of that name, started when it does not run. Names: 1 to 20 small letters, digits and "-". */
  host: (name: string) => Promise<LabHost>;
  /** All hosts this lab has ever had, running or not. */
  hosts: () => LabHost[];
  /** Ends everything the lab started and removes its hosts' folders. The guest image stays. */
  down: () => Promise<LabDownReport>;
};

/** How many processes were ended, and whether there was a lab at all. */
export type LabDownReport = { found: boolean; processesEnded: number };

/**
 * Prepares a lab: checks the machine, installs what is missing, builds the guest image once. Hosts that a former lab in the
 * same folder left running are adopted. Throws `not-possible`, `packages-missing`, `image-failed` or `timeout`.
 */
export async function createLab(options: LabOptions): Promise<Lab> {
  const { onProgress, signal } = options;
  const possibility = await canHostLab();
  if (!possibility.possible) throw new LabError('not-possible', possibility.reason);
  await ensurePackages(options);

  const dir = ownFolder(options.dir);
  const cacheFolder = ownFolder(options.cacheDir ?? join(dir, 'cache'));
  const image = await ensureGuestImage({
    dir: ownFolder(options.imageDir ?? join(dir, 'image')),
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  });
  const owner = options.lifetime === 'process' ? identify(process.pid) : undefined;
  mkdirSync(join(dir, 'hosts'), { recursive: true });
  writeLabFile(dir, { imageFolder: image.folder, cacheFolder });
  return openLab(dir, { imageFolder: image.folder, cacheFolder, owner, onProgress, signal });
}

/**
 * The lab that another process made in `dir`, to look at it, to crash its guests or to take it down. Throws `not-found` when
 * there is none. A host that does not run is not started by `hosts()`, only by `host(name)`.
 */
export async function attachLab(options: { dir: string; signal?: AbortSignal }): Promise<Lab> {
  const dir = resolve(options.dir);
  const file = readLabFile(dir);
  if (file === undefined || !existsSync(join(dir, 'hosts')))
    throw new LabError('not-found', `there is no lab in ${dir}`);
  return openLab(realpathSync(dir), { ...file, signal: options.signal });
}

/**
 * Ends everything that any process started for the lab in `dir`, and nothing else: processes are known by the lab's mark in their
 * mount table, not by pid files. `remove: true` also deletes the guest image and what else the lab wrote there, and the folder
 * when nothing else is in it; else the image stays for the next time. Where no lab is, nothing happens.
 */
export async function labDown(options: { dir: string; remove?: boolean }): Promise<LabDownReport> {
  const dir = resolve(options.dir);
  const nothing = { found: false, processesEnded: 0 };
  if (readLabFile(dir) === undefined) return nothing; // also what keeps `remove` off folders that are not a lab's
  const lock = await lockMachine(`lab ${realpathSync(dir)}`, { timeoutMs: 120_000 });
  try {
    if (readLabFile(dir) === undefined) return nothing;
    const found = existsSync(join(dir, 'hosts'));
    const processesEnded = await endMarked(`${labMark(dir)}:`);
    const parts = options.remove === true ? ['hosts', 'image', 'cache', 'lab.json'] : ['hosts'];
    for (const part of parts) rmSync(join(dir, part), { recursive: true, force: true });
    if (options.remove === true && readdirSync(dir).length === 0) rmdirSync(dir);
    return { found: found || processesEnded > 0, processesEnded };
  } finally {
    await lock.release();
  }
}

/** What another process needs to know to attach. */
type LabFile = { imageFolder: string; cacheFolder: string };

type Opened = LabFile & {
  owner?: ProcessIdentity | undefined;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
};

function openLab(dir: string, { imageFolder, cacheFolder, owner, onProgress, signal }: Opened): Lab {
  const mark = labMark(dir);
  const opened = new Map<string, LabHost>();
  const open = (name: string) => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const folder = join(dir, 'hosts', name);
    const host = openHost(name, { folder, imageFolder, cacheFolder, marker: `${mark}:${name}`, owner });
    opened.set(name, host);
    return host;
  };
  const down = async () => {
    const report = await labDown({ dir });
    opened.clear();
    onProgress?.({ step: 'down', text: `lab down, ${report.processesEnded} processes ended` });
    return report;
  };
  return {
    dir,
    host: async name => {
      if (!/^[a-z0-9][a-z0-9-]{0,19}$/.test(name)) {
        throw new LabError(
          'bad-argument',
          `host name "${name}": expected 1 to 20 small letters, digits and "-"`,
        );
      }
      const lock = await lockMachine(`lab ${dir}`, { timeoutMs: 120_000, signal });
      try {
        const host = open(name);
        if (!host.isRunning()) onProgress?.({ step: 'host', text: `starting lab host ${name}` });
        await host.start();
        return host;
      } finally {
        await lock.release();
      }
    },
    hosts: () => hostNames(dir).map(open),
    down,
    [Symbol.asyncDispose]: async () => {
      await down();
    },
  };
}

async function ensurePackages(options: LabOptions): Promise<void> {
  const { onProgress, signal } = options;
  const { missing } = await installPlan(signal ? { signal } : {});
  if (missing.length === 0) return;
  const names = missing.map(item => item.name).join(' ');
  if (options.packages === 'require') {
    const hint = `apt-get install --no-install-recommends ${names}`;
    throw new LabError('packages-missing', `Debian packages are missing; install them with: ${hint}`);
  }
  const lock = await lockMachine('packages', {
    timeoutMs: 900_000,
    signal,
    onWait: () =>
      onProgress?.({ step: 'waiting', text: 'another process installs packages, waiting for it' }),
  });
  try {
    const onLine = (text: string) => onProgress?.({ step: 'packages', text });
    await installPackages({ onLine, ...(signal ? { signal } : {}) });
  } finally {
    await lock.release();
  }
}

function readLabFile(dir: string): LabFile | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'lab.json'), 'utf8')) as LabFile;
  } catch {
    return undefined;
  }
}

function writeLabFile(dir: string, file: LabFile): void {
  writeFileSync(join(dir, 'lab.json.new'), JSON.stringify(file));
  renameSync(join(dir, 'lab.json.new'), join(dir, 'lab.json'));
}

function hostNames(dir: string): string[] {
  const inside = join(dir, 'hosts');
  if (!existsSync(inside)) return [];
  return readdirSync(inside)
    .filter(name => readHostFile(join(inside, name)) !== undefined)
    .sort();
}
