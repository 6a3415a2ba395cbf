import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faults, isFault } from './faults.ts';
import { labDown } from './lab.ts';
import { openHost } from './lab-host.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const place = (folder: string) => ({
  folder,
  imageFolder: dir,
  cacheFolder: dir,
  marker: 'instance-ha-lab-test:n1',
});

describe('a host that was never started', () => {
  it('runs nothing, has no guests and can be stopped', async () => {
    const host = openHost('n1', place(join(dir, 'n1')));
    expect([host.isRunning(), host.libvirtdPid(), host.guests()]).toEqual([false, undefined, []]);
    expect(host.uri).toBe(`qemu+unix:///system?socket=${dir}/n1/run/libvirt-sock`);
    await host.stop();
    await expect(host.startLibvirtd()).rejects.toThrow('lab host n1 is not running: start it first');
    expect(() => host.freezeLibvirtd()).toThrow('lab host n1 has no running libvirtd');
  });

  it('refuses a folder whose sockets could not be reached', async () => {
    const host = openHost('n1', place(join(dir, 'x'.repeat(100))));
    await expect(host.start()).rejects.toThrow(/too long for a unix socket: use a shorter lab folder/);
    const other = openHost('n1', place(join(dir, 'x'.repeat(60))));
    await expect(other.guest('y'.repeat(40))).rejects.toThrow(/too long for a unix socket/);
  });

  it('refuses a guest that libvirt could not have', async () => {
    const host = openHost('n1', place(join(dir, 'n1')));
    await expect(host.guest('../evil')).rejects.toThrow(/guest name "..\/evil"/);
  });
});

describe('taking down', () => {
  it('touches no folder that is not a lab', async () => {
    mkdirSync(join(dir, 'image'));
    expect(await labDown({ dir: join(dir, 'none') })).toEqual({ found: false, processesEnded: 0 });
    expect(await labDown({ dir, remove: true })).toEqual({ found: false, processesEnded: 0 });
    expect(readdirSync(dir)).toEqual(['image']);
  });

  it('removes what the lab wrote and leaves what it did not', async () => {
    writeFileSync(join(dir, 'lab.json'), '{}');
    for (const part of ['hosts', 'image', 'mine']) mkdirSync(join(dir, part));
    expect(await labDown({ dir })).toEqual({ found: true, processesEnded: 0 });
    expect(readdirSync(dir).sort()).toEqual(['image', 'lab.json', 'mine']);
    expect(await labDown({ dir, remove: true })).toEqual({ found: false, processesEnded: 0 });
    expect(readdirSync(dir)).toEqual(['mine']);
  });
});

describe('a fault', () => {
  it('is known by its name only', () => {
    expect(faults).toContain('panic');
    expect(['panic', 'toString', ''].map(isFault)).toEqual([true, false, false]);
  });
});
