import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../../api/src/testing/start-api.ts';
import { type Ended, run } from '../../testing/run.ts';

const bmc = '{"address":"192.0.2.7","password":"hunter2"}';

let api: TestApi;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  folder = mkdtempSync(join(tmpdir(), 'cli-inventory-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await api.stop();
});

const told: Ended[] = [];
async function cli(argv: string[], options: { input?: string; as?: string } = {}): Promise<Ended> {
  const { input, as = 'admin' } = options;
  const env = { INSTANCE_HA_API_URL: api.origin, INSTANCE_HA_TOKEN: api.token(as) };
  const ended = await run(argv, { env, ...(input === undefined ? {} : { input }) });
  told.push(ended);
  return ended;
}

describe('segments and hosts by the command line', () => {
  it('are made, listed, shown, changed and removed, by name', async () => {
    expect((await cli(['segments', 'list'])).out).toBe('no segments\n');
    expect(await cli(['segments', 'create', 'rack-7', '--method', 'reserved_host'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^segment {7}rack-7\n/),
    });
    expect(
      await cli(['hosts', 'create', 'node1', '--segment', 'rack-7', '--control-attributes-file', '-'], {
        input: bmc,
      }),
    ).toMatchObject({ code: 0, out: expect.stringMatching(/control attributes {2}\*\*\*\n/) });
    const { body } = await api.client().v2.hosts.list();
    expect(body.hosts[0]?.controlAttributes).toBe(bmc);

    expect((await cli(['segments', 'show', 'rack-7'])).out).toMatch(/HOST +UUID.*\nnode1 .* no +no\n/);
    expect((await cli(['hosts', 'list', '--segment', 'rack-7'])).out).toMatch(
      /node1 +[0-9a-f-]{36} +rack-7 +COMPUTE +no +no +\*\*\*\n/,
    );
    expect(
      (await cli(['hosts', 'set', 'node1', '--on-maintenance', 'yes', '--reserved', 'yes'])).out,
    ).toMatch(/reserved {12}yes\non maintenance {6}yes\n/);
    expect((await cli(['hosts', 'list', '--on-maintenance', 'no'])).out).toBe('no hosts\n');
    const checked = await cli(['hosts', 'check', 'node1']);
    expect(checked).toMatchObject({
      code: 1,
      out: expect.stringMatching(/would be recovered +no\n.*because +it is on maintenance/s),
    });
    expect(
      JSON.parse((await cli(['--json', 'segments', 'set', 'rack-7', '--enabled', 'no'])).out),
    ).toMatchObject({ name: 'rack-7', enabled: false, recoveryMethod: 'reserved_host' });

    expect(await cli(['segments', 'delete', 'rack-7'])).toMatchObject({
      code: 64,
      err: 'instance-ha: segment rack-7 has 1 host that would leave with it, the first is node1: say --with-hosts when that is meant\n',
    });
    expect((await cli(['hosts', 'delete', 'node1', '--reason', 'sold'])).out).toBe(
      'host node1 has left its segment\n',
    );
    expect((await cli(['segments', 'delete', 'rack-7'])).out).toBe('segment rack-7 is removed\n');
  });

  it('end with plain words where something is not there, not named, or not allowed', async () => {
    expect(await cli(['segments', 'show', 'rack-8'])).toMatchObject({
      code: 3,
      err: 'instance-ha: there is no segment "rack-8": see instance-ha segments list\n',
    });
    expect(await cli(['hosts', 'show', 'node8'])).toMatchObject({ code: 3 });
    expect(await cli(['hosts', 'create', 'node8', '--segment', 'rack-8'])).toMatchObject({ code: 3 });
    expect(await cli(['segments', 'create', 'rack-9'])).toMatchObject({ code: 0 });
    expect(await cli(['segments', 'set', 'rack-9', '--reason', 'why'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('nothing to change'),
    });
    expect(await cli(['segments', 'set', 'rack-9', '--method', 'magic'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('rh_priority'),
    });
    expect(await cli(['segments', 'create', 'rack-9'])).toMatchObject({ code: 1 });
    expect(await cli(['segments', 'delete', 'rack-9'], { as: 'reader' })).toMatchObject({ code: 77 });
  });

  it('take control attributes from a file, and say what is wrong with it', async () => {
    const file = join(folder, 'bmc.json');
    writeFileSync(file, bmc);
    await cli(['segments', 'create', 'rack-10']);
    const put = ['hosts', 'create', 'node10', '--segment', 'rack-10', '--control-attributes-file'];
    expect(await cli([...put, join(folder, 'none')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read (ENOENT)'),
    });
    expect(await cli([...put, '-'])).toMatchObject({ code: 64 });
    expect(await cli([...put, file])).toMatchObject({ code: 0 });
    expect(JSON.parse((await cli(['--json', 'hosts', 'show', 'node10'])).out)).toMatchObject({
      name: 'node10',
      controlAttributes: '***',
    });
    expect(JSON.parse((await cli(['--json', 'segments', 'show', 'rack-10'])).out).hosts).toMatchObject([
      { name: 'node10', controlAttributes: '***' },
    ]);
  });

  it('are in the audit, by whom and why', async () => {
    const all = await cli(['audit', '--all']);
    expect(all.out).toMatch(/admin +delete +host node1 +success .* sold\n/);
    const some = await cli(['audit', '--target-type', 'segment', '--action', 'create', '--limit', '1']);
    expect(some.out.split('\n')).toHaveLength(3);
    expect(some.out).toMatch(/create +segment rack-10 +success/);
    expect((await cli(['audit', '--by', 'nobody'])).out).toBe('nothing in the audit fits\n');
    expect(JSON.parse((await cli(['--json', 'audit', '--limit', '2'])).out)).toHaveLength(2);
  });

  it('are told as they change, each once, also when the API was away meanwhile', async () => {
    const ctrlC = new AbortController();
    const lines: string[] = [];
    let turns = 0;
    let away = false;
    const { v2 } = api.client();
    const sleep = async (_ms: number, signal?: AbortSignal): Promise<void> => {
      turns += 1;
      if (turns === 1) await v2.segments.create({ body: { name: 'rack-11' } });
      away = turns === 2;
      if (turns === 3) await v2.segments.create({ body: { name: 'rack-12' } });
      if (turns === 5) ctrlC.abort(new Error('SIGINT'));
      signal?.throwIfAborted();
    };
    const ended = await run(['audit', '--limit', '2', '--target-type', 'segment', '--follow'], {
      env: { INSTANCE_HA_API_URL: api.origin, INSTANCE_HA_TOKEN: api.token('reader') },
      clock: { sleep },
      signal: ctrlC.signal,
      onOut: text => lines.push(text),
      fetch: async (...args) => {
        if (away) throw new TypeError('fetch failed');
        return fetch(...args);
      },
    });
    told.push(ended);
    expect(ended.code).toBe(130);
    expect(ended.err).toMatch(/could not reach .*; asking again\n$/);
    expect(lines).toHaveLength(4);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/ create {2}segment rack-10 /),
      expect.stringMatching(/ create {2}segment rack-11 /),
      expect.stringMatching(/ create {2}segment rack-12 /),
    ]);
  });

  it('never show what control attributes are', () => {
    expect(told.length).toBeGreaterThan(20);
    for (const { out, err } of told) {
      expect(out).not.toContain('hunter2');
      expect(err).not.toContain('hunter2');
    }
  });
});
