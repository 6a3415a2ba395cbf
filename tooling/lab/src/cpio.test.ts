import { describe, expect, it } from 'vitest';
import { writeInitramfs } from './cpio.ts';

describe('an initramfs', () => {
  it('holds each parent once and before what it holds, links with their targets, and the trailer last', () => {
    const archive = writeInitramfs([
      { type: 'folder', path: 'dev' },
      { type: 'file', path: 'usr/sbin/agent', content: 'hello', executable: true },
      { type: 'file', path: 'usr/note', content: Buffer.from([1, 2, 3]) },
      { type: 'link', path: 'bin/sh', target: 'busybox' },
    ]);
    expect(readArchive(archive)).toEqual([
      '40755 dev',
      '40755 usr',
      '40755 usr/sbin',
      '100755 usr/sbin/agent "hello"',
      '100644 usr/note "\\u0001\\u0002\\u0003"',
      '40755 bin',
      '120777 bin/sh "busybox"',
      '0 TRAILER!!!',
    ]);
  });

  it('is the same bytes for the same entries, and a multiple of four', () => {
    const entries = [{ type: 'file', path: 'a/b', content: 'x' } as const];
    expect(writeInitramfs(entries)).toEqual(writeInitramfs(entries));
    expect(writeInitramfs(entries).length % 4).toBe(0);
  });
});

/** Reads `newc` by the kernel's rules: 110 bytes of header, then name and content, each padded to four bytes. */
function readArchive(archive: Buffer): string[] {
  const seen: string[] = [];
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const [mode, size, nameSize] = [field(1), field(6), field(11)];
    const name = archive.toString('utf8', at + 110, at + 110 + nameSize - 1);
    const contentAt = fourth(at + 110 + nameSize);
    const content = archive.toString('utf8', contentAt, contentAt + size);
    seen.push(`${mode.toString(8)} ${name}${size > 0 ? ` ${JSON.stringify(content)}` : ''}`);
    at = fourth(contentAt + size);
  }
  return seen;
}

const fourth = (at: number) => Math.ceil(at / 4) * 4;
