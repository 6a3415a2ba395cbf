import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InitramfsEntry, writeInitramfs } from './cpio.ts';
import { guestInit, guestModules, guestPrograms, guestShutdown, guestStartAgent } from './guest-init.ts';
import { collectModules, extractVmlinux, type KernelModule } from './guest-kernel.ts';
import { LabError } from './lab-error.ts';
import { lockMachine } from './machine-lock.ts';
import { currentKernelPackage, downloadPackages, updatePackageLists } from './packages.ts';
import type { OnProgress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** A folder with `vmlinux`, `initrd` and `image.json`, ready to boot. */
export type GuestImage = { folder: string; kernelPackage: string };

export type GuestImageOptions = { dir: string; onProgress?: OnProgress; signal?: AbortSignal };

/** Changing anything that goes into the image changes this, and a lab with an older image builds a new one. */
const recipe = createHash('sha256')
  .update(JSON.stringify([2, guestInit, guestStartAgent, guestShutdown, guestPrograms, guestModules]))
  .digest('hex')
  .slice(0, 16);

/**
 * Makes sure that `dir` holds the guest image of this version and returns it: at once when it is there, else after a
 * download of about 70 MB and some seconds. One process builds, others wait for it. The image appears under its name
 * complete or not at all, so a build that was killed is simply done again.
 */
export async function ensureGuestImage(options: GuestImageOptions): Promise<GuestImage> {
  const folder = join(options.dir, recipe);
  const ready = () => existsSync(join(folder, 'image.json'));
  if (ready()) return readImage(folder);

  mkdirSync(options.dir, { recursive: true });
  const lock = await lockMachine(`image ${options.dir}`, {
    timeoutMs: 600_000,
    signal: options.signal,
    onWait: () =>
      options.onProgress?.({
        step: 'waiting',
        text: 'another process builds the guest image, waiting for it',
      }),
  });
  try {
    if (ready()) return readImage(folder);
    sweepUnfinished(options.dir);
    const building = join(options.dir, `building-${randomBytes(4).toString('hex')}`);
    mkdirSync(building);
    try {
      await build(building, options);
      renameSync(building, folder);
    } finally {
      rmSync(building, { recursive: true, force: true, maxRetries: 10 });
    }
    return readImage(folder);
  } finally {
    await lock.release();
  }
}

async function build(folder: string, options: GuestImageOptions): Promise<void> {
  const { signal } = options;
  const tell = (text: string) => options.onProgress?.({ step: 'image', text });
  const work = join(folder, 'work');
  mkdirSync(join(work, 'kernel'), { recursive: true });
  mkdirSync(join(work, 'agent'));

  await updatePackageLists();
  signal?.throwIfAborted();
  const kernelPackage = await currentKernelPackage(signal);
  tell(`downloading the guest kernel ${kernelPackage} and the guest agent (not installed here)`);
  await downloadPackages([kernelPackage, 'qemu-guest-agent'], work);
  signal?.throwIfAborted();

  tell('unpacking the guest kernel');
  const limits = { timeoutMs: 120_000, ...(signal ? { signal } : {}) };
  await unpack(work, 'linux-image-', 'kernel', limits);
  await unpack(work, 'qemu-guest-agent_', 'agent', limits);
  const bzImage = readdirSync(join(work, 'kernel/boot')).find(name => name.startsWith('vmlinuz-'));
  if (bzImage === undefined) throw new LabError('image-failed', `${kernelPackage} holds no /boot/vmlinuz`);
  await extractVmlinux(join(work, 'kernel/boot', bzImage), join(work, 'vmlinux'), signal);
  renameSync(join(work, 'vmlinux'), join(folder, 'vmlinux'));

  tell('building the guest');
  const modules = await collectModules(join(work, 'kernel'), guestModules);
  requireModules(modules, kernelPackage);
  const entries = [
    ...(await agentEntries(join(work, 'agent'), limits)),
    ...(await guestEntries(modules, limits)),
  ];
  writeFileSync(join(folder, 'initrd'), writeInitramfs(entries));
  rmSync(work, { recursive: true, force: true });
  writeFileSync(join(folder, 'image.json'), `${JSON.stringify({ kernelPackage })}\n`);
}

type Limits = { timeoutMs: number; signal?: AbortSignal };

/** Unpacks the one downloaded package that begins with `prefix`; of a kernel only what a guest can need. */
async function unpack(work: string, prefix: string, target: string, limits: Limits): Promise<void> {
  const file = readdirSync(work).find(name => name.startsWith(prefix) && name.endsWith('.deb'));
  if (file === undefined) throw new LabError('image-failed', `apt-get download left no ${prefix}*.deb`);
  const patterns =
    target === 'kernel'
      ? ['./boot/vmlinuz-*', '*/kernel/drivers/*', '*/kernel/lib/*', '*/kernel/crypto/*']
      : ['*'];
  const script = 'deb=$1; to=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --wildcards "$@"';
  const command = ['-c', script, 'sh', join(work, file), join(work, target), ...patterns];
  const { stderr } = await runCommand('sh', command, limits).catch((error: unknown) => {
    // A pattern that matches nothing is tar's only complaint we accept; what is really needed is looked for afterwards.
    if (LabError.isInstance(error) && error.message.includes('Not found in archive')) return { stderr: '' };
    throw error;
  });
  if (stderr.includes('dpkg-deb')) throw new LabError('image-failed', `${file}: ${stderr.trim()}`);
}

/** The agent and the shared libraries it needs, which QEMU's own packages have brought to this machine. */
async function agentEntries(root: string, limits: Limits): Promise<InitramfsEntry[]> {
  const program = ['usr/sbin/qemu-ga', 'usr/bin/qemu-ga']
    .map(path => join(root, path))
    .find(path => existsSync(path));
  if (program === undefined)
    throw new LabError('image-failed', 'the package qemu-guest-agent holds no qemu-ga');
  const { stdout } = await runCommand('ldd', [program], limits);
  const missing = stdout.split('\n').filter(line => line.includes('not found'));
  if (missing.length > 0) {
    throw new LabError('image-failed', `libraries of qemu-ga are missing here: ${missing.join(';').trim()}`);
  }
  const libraries = [...stdout.matchAll(/(?:=> |^\t)(\/\S+) \(/gm)].map(match => String(match[1]));
  return [program, ...libraries].map((path, index) => ({
    type: 'file',
    path: index === 0 ? 'usr/sbin/qemu-ga' : path.slice(1),
    content: readFileSync(path),
    executable: true,
  }));
}

async function guestEntries(modules: readonly KernelModule[], limits: Limits): Promise<InitramfsEntry[]> {
  const folders = ['dev', 'proc', 'sys', 'run', 'tmp', 'var/run', 'var/log', 'usr/local/var/run'];
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(path => existsSync(path)) ?? '/bin/busybox';
  const offered = new Set((await runCommand(busybox, ['--list'], limits)).stdout.split('\n'));
  const lacking = guestPrograms.filter(program => !offered.has(program));
  if (lacking.length > 0) throw new LabError('image-failed', `${busybox} lacks ${lacking.join(', ')}`);
  return [
    ...folders.map(path => ({ type: 'folder', path }) as const),
    { type: 'file', path: 'bin/busybox', content: readFileSync(busybox), executable: true },
    ...guestPrograms.map(name => ({ type: 'link', path: `bin/${name}`, target: 'busybox' }) as const),
    ...modules.map(
      ({ name, content }) => ({ type: 'file', path: `lib/modules/${name}.ko`, content }) as const,
    ),
    {
      type: 'file',
      path: 'etc/modules.order',
      content: modules.map(({ name }) => `${name}.ko\n`).join(''),
    },
    { type: 'file', path: 'sbin/start-agent', content: guestStartAgent, executable: true },
    { type: 'file', path: 'sbin/shutdown', content: guestShutdown, executable: true },
    { type: 'file', path: 'init', content: guestInit, executable: true },
  ];
}

/** Without these a guest could neither be talked to nor fail in the ways the lab is for. */
function requireModules(modules: readonly KernelModule[], kernelPackage: string): void {
  const have = new Set(modules.map(module => module.name));
  const missing = ['virtio_console', 'pvpanic_mmio', 'i6300esb'].filter(name => !have.has(name));
  if (missing.length === 0) return;
  throw new LabError('image-failed', `${kernelPackage} lacks the modules ${missing.join(', ')}`);
}

function readImage(folder: string): GuestImage {
  const { kernelPackage } = JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')) as GuestImage;
  return { folder, kernelPackage };
}

/** Left by builders that were killed; the caller holds the lock, so none of them still works. */
function sweepUnfinished(dir: string): void {
  for (const name of readdirSync(dir)) {
    if (name.startsWith('building-'))
      rmSync(join(dir, name), { recursive: true, force: true, maxRetries: 10 });
  }
}
