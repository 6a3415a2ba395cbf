import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectModules, dependenciesOf, extractVmlinux } from './guest-kernel.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lab-kernel-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (path: string, content: Buffer) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
/** As `modpost` writes it: zero-ended strings, one of them the dependencies. */
const moduleWith = (depends: string) => Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`);

describe('the modules of a guest', () => {
  it('come with what they depend on, dependencies first, each once', async () => {
    put('kernel/drivers/a/virtio_pci.ko', moduleWith('virtio,virtio-ring'));
    put('kernel/drivers/b/virtio.ko', moduleWith('virtio_ring'));
    put('kernel/drivers/b/virtio_ring.ko', moduleWith(''));
    put('kernel/drivers/c/pvpanic-mmio.ko', moduleWith('virtio'));
    const modules = await collectModules(root, ['virtio_pci', 'pvpanic-mmio', 'not-there']);
    expect(modules.map(module => module.name)).toEqual([
      'virtio_ring',
      'virtio',
      'virtio_pci',
      'pvpanic_mmio',
    ]);
  });

  it('are unpacked when the distribution packs them', async () => {
    put('kernel/virtio.ko.gz', gzipSync(moduleWith('')));
    expect((await collectModules(root, ['virtio']))[0]?.content).toEqual(moduleWith(''));
  });

  it.each([
    ['none', moduleWith(''), []],
    ['two, in one spelling', moduleWith('a-b,c'), ['a_b', 'c']],
    ['nothing to be found', Buffer.from('no such text'), []],
  ])('tell their dependencies: %s', (_what, module, expected) => {
    expect(dependenciesOf(module)).toEqual(expected);
  });
});

describe('the kernel of a guest', () => {
  const bzImage = (payload: Buffer) => {
    const header = Buffer.alloc(1024);
    header[0x1f1] = 1; // one setup sector: the protected-mode part begins at 1024
    header.writeUInt32LE(16, 0x248);
    header.writeUInt32LE(payload.length, 0x24c);
    return Buffer.concat([header, Buffer.alloc(16), payload, Buffer.from('what follows the payload')]);
  };

  it('is taken out of the compressed image by the offsets of the boot protocol', async () => {
    put('vmlinuz', bzImage(gzipSync(Buffer.from('\x7fELF the kernel', 'latin1'))));
    await extractVmlinux(join(root, 'vmlinuz'), join(root, 'vmlinux'));
    expect(readFileSync(join(root, 'vmlinux'), 'latin1')).toBe('\x7fELF the kernel');
  });

  it.each([
    ['packed in an unknown way', bzImage(Buffer.from('????')), /unknown way \(magic 3f3f3f3f\)/],
    ['no ELF', bzImage(gzipSync(Buffer.from('text'))), /no ELF kernel/],
  ])('is refused when it is %s', async (_what, image, message) => {
    put('vmlinuz', image);
    await expect(extractVmlinux(join(root, 'vmlinuz'), join(root, 'vmlinux'))).rejects.toThrow(message);
  });
});
