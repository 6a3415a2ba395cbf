import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canHostLab } from '@instance-ha/lab';
import { afterAll, describe, expect, it } from 'vitest';
import { labMark } from '../../../tooling/lab/src/lab-mark.ts';
import { type Ended, run } from '../testing/run.ts';

const possibility = await canHostLab();
if (!possibility.possible && process.env.CI)
  throw new Error(`the tests on real guests must run: ${possibility.reason}`);

type Row = { host: string; guest: string; uuid: string; state: string };

describe.skipIf(!possibility.possible)('instance-ha lab', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cli-lab-'));
  const mark = labMark(dir);
  let uuids: string[] = [];
  afterAll(async () => {
    await lab('down', '--remove');
    rmSync(dir, { recursive: true, force: true });
  });

  const lab = (...argv: string[]): Promise<Ended> => run(['--json', 'lab', ...argv, '--dir', dir]);
  const rows = async (): Promise<Row[]> => JSON.parse((await lab('status')).out) as Row[];

  it('up brings real guests that answer', { timeout: 600_000 }, async () => {
    const { code, out, err } = await lab('up');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/guest web answers after [\d.]+ s/),
    });
    expect(JSON.parse(out)).toMatchObject({ host: 'lab-1', uri: expect.stringContaining('qemu') });
    uuids = (await rows()).map(({ uuid }) => uuid);
    expect(uuids).toHaveLength(2);
    for (const uuid of uuids) expect(commandLines().filter(line => line.includes(uuid))).toHaveLength(1);
    expect(ofLab(mark).filter(line => line.includes('libvirtd'))).not.toEqual([]);
  });

  it('status lists them', async () => {
    expect((await rows()).map(({ host, guest, state }) => [host, guest, state])).toEqual([
      ['lab-1', 'db', expect.stringMatching(/^running/)],
      ['lab-1', 'web', expect.stringMatching(/^running/)],
    ]);
  });

  it('up again keeps what is there', { timeout: 600_000 }, async () => {
    expect((await lab('up')).code).toBe(0);
    expect((await rows()).map(({ uuid }) => uuid)).toEqual(uuids);
  });

  it('crash kills the QEMU of one, and of no other', async () => {
    expect((await lab('crash', 'web', 'qemu-kill')).code).toBe(0);
    await expect.poll(rows).toMatchObject([
      { guest: 'db', state: expect.stringMatching(/^running/) },
      { guest: 'web', state: 'shut off (crashed)' },
    ]);
    const [db = '?', web = '?'] = uuids;
    expect(commandLines().filter(line => line.includes(db))).toHaveLength(1);
    expect(commandLines().filter(line => line.includes(web))).toEqual([]);
  });

  it('down leaves nothing: no QEMU, no libvirtd, no folder', async () => {
    const { code, out } = await lab('down', '--remove');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ found: true });
    expect(ofLab(mark)).toEqual([]);
    for (const uuid of uuids) expect(commandLines().filter(line => line.includes(uuid))).toEqual([]);
    expect(existsSync(dir)).toBe(false);
    expect((await lab('status')).code).toBe(3);
  });
});

const pids = (): string[] => readdirSync('/proc').filter(name => /^\d+$/.test(name));
const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It ended meanwhile.
  }
};
const commandLine = (pid: string): string => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
const commandLines = (): string[] => pids().map(commandLine);

/** Command lines of everything that lives in the mounts of this lab. */
const ofLab = (mark: string): string[] =>
  pids()
    .filter(pid => read(`/proc/${pid}/mountinfo`).includes(`${mark}:`))
    .map(commandLine);
