import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor, Logger } from '@instance-ha/ports';
import { memoryStores } from '@instance-ha/ports/fakes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addKey, KeyRing, openKeyFile, resealHosts } from './index.ts';

let folder: string;
let file: string;
const said: string[] = [];
const tell = (_fields: object, message?: string) => void said.push(message ?? '');
const log = {
  trace: tell,
  debug: tell,
  info: tell,
  warn: tell,
  error: tell,
  fatal: tell,
} as unknown as Logger;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iha-vault-'));
  file = join(folder, 'sub', 'keys');
  said.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ring = (id: string, byte: number, ...others: { id: string; key: Uint8Array }[]) =>
  new KeyRing([{ id, key: new Uint8Array(32).fill(byte) }, ...others]);

describe('a seal', () => {
  it.each(['', 'SSH', '{"bmc":"10.0.0.1","password":"s3cret"}', 'zażółć 🛰️'.repeat(1000)])(
    'opens to what was sealed, and does not show it: %#',
    text => {
      const sealed = ring('a', 1).seal(text, 'host-1');
      if (text !== '') expect(sealed).not.toContain(text);
      expect(ring('a', 1).open(sealed, 'host-1')).toBe(text);
    },
  );

  it('is another one each time', () => {
    expect(ring('a', 1).seal('same', 'x')).not.toBe(ring('a', 1).seal('same', 'x'));
  });

  it('opens for nothing else, and with no other key, also under the same name', () => {
    const sealed = ring('a', 1).seal('secret', 'host-1');
    expect(() => ring('a', 1).open(sealed, 'host-2')).toThrow(
      expect.objectContaining({ code: 'broken-seal' }),
    );
    expect(() => ring('a', 2).open(sealed, 'host-1')).toThrow(
      expect.objectContaining({ code: 'broken-seal' }),
    );
    expect(() => ring('b', 1).open(sealed, 'host-1')).toThrow(
      expect.objectContaining({ code: 'unknown-key' }),
    );
    const renamed = sealed.replace(':a:', ':b:');
    expect(() => ring('b', 1).open(renamed, 'host-1')).toThrow(
      expect.objectContaining({ code: 'broken-seal' }),
    );
  });

  it('is broken by every changed character and by every cut', () => {
    const sealed = ring('a', 1).seal('secret', 'x');
    for (let at = 0; at < sealed.length; at += 1) {
      const other = sealed[at] === 'Q' ? 'R' : 'Q';
      const forged = sealed.slice(0, at) + other + sealed.slice(at + 1);
      // The last character of base64 holds bits that stand for nothing.
      const same = Buffer.from(forged.split(':')[2] ?? '', 'base64url').equals(
        Buffer.from(sealed.split(':')[2] ?? '', 'base64url'),
      );
      if (!(same && forged.startsWith('iha1:a:'))) expect(() => ring('a', 1).open(forged, 'x')).toThrow();
      if (at > 0) expect(() => ring('a', 1).open(sealed.slice(0, at), 'x')).toThrow();
    }
    expect(() => ring('a', 1).open('plain text', 'x')).toThrow(
      expect.objectContaining({ code: 'broken-seal' }),
    );
  });

  it('shows no key in JSON', () => {
    expect(JSON.stringify({ ring: ring('a', 1) })).toBe('{"ring":"***"}');
  });
});

describe('the key file', () => {
  it('is made at the first start with mode 0600, and found again', async () => {
    const first = await openKeyFile(file, { log });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const sealed = first.seal('text', 'x');
    expect((await openKeyFile(file, { log })).open(sealed, 'x')).toBe('text');
    expect(said).toEqual(['the key file was made: back it up apart from the database']);
  });

  it('is made once by two that start at the same time', async () => {
    const [one, other] = await Promise.all([openKeyFile(file, { log }), openKeyFile(file, { log })]);
    expect(other.open(one.seal('text', 'x'), 'x')).toBe('text');
  });

  it('is closed when others could read it', async () => {
    await openKeyFile(file, { log });
    chmodSync(file, 0o644);
    await openKeyFile(file, { log });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said.at(-1)).toBe('the key file was open to others: closed to 0600');
  });

  it('is never made anew over keys that cannot be read, and tells the line and not the key', async () => {
    await openKeyFile(file, { log });
    const wrong: [string, string][] = [
      ['', 'expected at least one key'],
      ['# nothing\n\n', 'expected at least one key'],
      ['short c2VjcmV0\n', ':1: expected an id'],
      [`# x\nA! ${'A'.repeat(43)}=\n`, ':2: expected an id'],
      [`a ${'A'.repeat(43)}=\na ${'B'.repeat(43)}=\n`, ':2: the key a is there twice'],
    ];
    for (const [content, message] of wrong) {
      writeFileSync(file, content);
      await expect(openKeyFile(file, { log })).rejects.toThrow(message);
      await expect(openKeyFile(file, { log })).rejects.not.toThrow('c2VjcmV0');
      expect(readFileSync(file, 'utf8')).toBe(content);
    }
  });
});

describe('rotation', () => {
  const actor: Actor = { initiator: { id: null, name: 't', project: null }, requestId: 'r' };
  const clock = { monotonicMs: () => 0, wallMs: () => 0, sleep: async () => {} };

  it('seals every host with the new key, after which the old one may go', async () => {
    const old = await openKeyFile(file, { log });
    const stores = memoryStores({ clock });
    const made = await stores.segments.create(
      { name: 's', description: null, serviceType: 'x', recoveryMethod: 'auto', enabled: true },
      actor,
    );
    if (!made.ok) throw new Error('no segment');
    const uuids = Array.from(
      { length: 405 },
      (_one, at) => `eeeeeeee-0000-4000-8000-${String(at).padStart(12, '0')}`,
    );
    for (const uuid of uuids)
      await stores.hosts.create(
        {
          uuid,
          name: uuid,
          segmentUuid: made.record.uuid,
          type: '',
          reserved: false,
          onMaintenance: false,
          sealedControlAttributes: old.seal(`secret of ${uuid}`, uuid),
        },
        actor,
      );
    const id = await addKey(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const ring = await openKeyFile(file, { log });
    expect(ring.currentKeyId).toBe(id);
    const { signal } = new AbortController();
    const { hosts } = stores;
    expect(await resealHosts({ hosts, ring, signal })).toEqual({ resealed: 405, current: 0, changed: 0 });
    expect(await resealHosts({ hosts, ring, signal })).toEqual({ resealed: 0, current: 405, changed: 0 });
    const [line] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${line}\n`);
    const newOnly = await openKeyFile(file, { log });
    for (const uuid of uuids) {
      const host = await hosts.get(uuid);
      expect(newOnly.open(host?.sealedControlAttributes ?? '', uuid)).toBe(`secret of ${uuid}`);
    }
  });
});
