import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { LabError } from './lab-error.ts';
import { runCommand } from './run-command.ts';

/** A kernel module as unpacked: `name` without ending, its bytes uncompressed. */
export type KernelModule = { name: string; content: Buffer };

/**
 * The uncompressed kernel (`vmlinux`, ELF) from a compressed `bzImage` file, written to `target`. QEMU boots an ELF by its PVH entry at
 * once, while a compressed kernel first unpacks itself, which takes seconds without hardware virtualisation. Offsets: Linux
 * Documentation/arch/x86/boot.rst (setup_sects 0x1f1, payload_offset 0x248, payload_length 0x24c).
 */
export async function extractVmlinux(
  bzImagePath: string,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const image = readFileSync(bzImagePath);
  const start = ((image[0x1f1] || 4) + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  if (payload.subarray(0, 6).equals(Buffer.from('fd377a585a00', 'hex'))) {
    writeFileSync(`${target}.xz`, payload);
    // The payload ends with its uncompressed size, which is not part of the xz stream.
    await runCommand('xz', ['--decompress', '--single-stream', '--keep', '--force', `${target}.xz`], {
      timeoutMs: 120_000,
      ...(signal ? { signal } : {}),
    });
  } else {
    writeFileSync(target, decompress(payload));
  }
  if (readFileSync(target).subarray(0, 4).toString('latin1') === '\x7fELF') return;
  throw new LabError('image-failed', `${bzImagePath} holds no ELF kernel that QEMU could boot`);
}

function decompress(payload: Buffer): Buffer {
  const magic = payload.subarray(0, 4).toString('hex');
  if (magic === '28b52ffd') return zstdDecompressSync(payload);
  if (magic.startsWith('1f8b')) return gunzipSync(payload);
  throw new LabError('image-failed', `the kernel is compressed in an unknown way (magic ${magic})`);
}

/**
 * The modules `wanted` below `root` (an unpacked kernel package) with all they depend on, dependencies first. A wanted
 * module that the kernel has built in, or does not know, is left out. Reads `depends=` of each module's `.modinfo`, so no
 * `depmod` is needed.
 */
export async function collectModules(root: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const paths = new Map<string, string>();
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const match = /([^/]+)\.ko(\.xz|\.zst|\.gz)?$/.exec(file);
    if (match?.[1] !== undefined) paths.set(plainName(match[1]), join(root, file));
  }
  const ordered = new Map<string, KernelModule>();
  const visit = async (name: string): Promise<void> => {
    const path = paths.get(name);
    if (path === undefined || ordered.has(name)) return;
    const content = await readModule(path);
    for (const dependency of dependenciesOf(content)) await visit(dependency);
    ordered.set(name, { name, content });
  };
  for (const name of wanted) await visit(plainName(name));
  return [...ordered.values()];
}

/** The names in a module's `depends=` (Linux scripts/mod/modpost.c), spelt with underscores. */
export function dependenciesOf(module: Buffer): string[] {
  const at = module.indexOf('\0depends=', 0, 'latin1');
  if (at < 0) return [];
  const from = at + '\0depends='.length;
  const text = module.subarray(from, module.indexOf(0, from)).toString('latin1');
  return text.split(',').filter(Boolean).map(plainName);
}

const plainName = (name: string) => name.replaceAll('-', '_');

async function readModule(path: string): Promise<Buffer> {
  if (path.endsWith('.zst')) return zstdDecompressSync(readFileSync(path));
  if (path.endsWith('.gz')) return gunzipSync(readFileSync(path));
  if (!path.endsWith('.xz')) return readFileSync(path);
  await runCommand('xz', ['--decompress', '--force', path], { timeoutMs: 30_000 });
  return readFileSync(path.slice(0, -'.xz'.length));
}
