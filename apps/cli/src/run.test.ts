import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../testing/run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

const answering =
  (status: number, body: unknown): typeof globalThis.fetch =>
  async () =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

describe('the command line', () => {
  it('shows its help and its version', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('notifications') });
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('names the nearest command for one it does not know', async () => {
    expect(await run(['notifcations'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('Did you mean notifications?'),
    });
  });

  it('refuses a status that does not exist, with those that do', async () => {
    expect(await run(['notifications', 'list', '--status', 'done'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('finished'),
    });
  });

  it.each([
    [
      'nobody listens',
      async () => {
        throw new TypeError('fetch failed');
      },
      69,
    ],
    [
      'the token is unknown',
      answering(401, { error: { code: 'unauthenticated', message: 'no', requestId: 'req-1' } }),
      77,
    ],
    [
      'there is no such notification',
      answering(404, { error: { code: 'not-found', message: 'no', requestId: 'req-1' } }),
      3,
    ],
    [
      'the API refuses what was asked',
      answering(400, { error: { code: 'invalid-request', message: 'no', requestId: 'req-1' } }),
      64,
    ],
    ['the API fails', answering(500, { error: { code: 'internal', message: 'no', requestId: 'req-1' } }), 69],
  ] as const)('ends with its own code when %s', async (_name, fetch, code) => {
    const ended = await run(['notifications', 'show', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'], { fetch });
    expect(ended.code).toBe(code);
    expect(ended.err).toMatch(/^instance-ha: /);
    expect(ended.err).not.toContain('secret-token');
  });

  it('prints JSON when asked', async () => {
    const fetch = answering(200, { monitors: [] });
    expect(JSON.parse((await run(['--json', 'monitors', 'list'], { fetch })).out)).toEqual([]);
    expect((await run(['monitors', 'list'], { fetch })).out).toBe('no monitor has reported yet\n');
  });

  it('tells whether recovery is paused, and why', async () => {
    const pause = {
      reason: 'disks',
      by: 'admin',
      from: '2026-01-01T00:00:00.000Z',
      until: '2026-01-01T02:00:00.000Z',
    };
    const fetch = answering(200, { pause });
    expect(await run(['pause'], { fetch })).toEqual({
      code: 0,
      out: 'recovery is paused by admin until 2026-01-01T02:00:00.000Z: disks\n',
      err: '',
    });
    expect(JSON.parse((await run(['--json', 'pause'], { fetch })).out)).toEqual(pause);
    expect((await run(['pause'], { fetch: answering(200, { pause: null }) })).out).toBe(
      'recovery is not paused\n',
    );
  });

  it('turns pages until it has as many as were asked for', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async input => {
      asked.push(new URL(input instanceof Request ? input.url : String(input)).search);
      const more = asked.length < 3;
      const body = {
        notifications: [],
        nextCursor: more ? '7' : null,
        next: more ? '/v2/notifications' : null,
      };
      return answering(200, body)(input);
    };
    expect((await run(['notifications', 'list', '--limit', '1500'], { fetch })).code).toBe(0);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toContain('limit=1000');
  });

  it('ends with 3 where there is no lab', async () => {
    expect(await run(['lab', 'status', '--dir', join(folder, 'none')])).toMatchObject({
      code: 3,
      err: expect.stringContaining('there is no lab in'),
    });
  });

  it('refuses a pause without an end', async () => {
    expect(await run(['pause', '--reason', 'x'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('--for is missing'),
    });
    expect(await run(['pause', '--reason', 'x', '--for', 'ever'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('found "ever"'),
    });
  });

  it('says where it looked for a token that is not there', async () => {
    const { code, err } = await run(['--token-file', join(folder, 'none'), 'guests', 'list'], {
      env: { INSTANCE_HA_TOKEN: undefined },
    });
    expect(code).toBe(77);
    expect(err).toContain(join(folder, 'none'));
  });
});

describe('the configuration from the command line', () => {
  const conf = () => join(folder, 'instance-ha.conf');

  it('is edited without touching any other byte', async () => {
    await writeFile(conf(), '# mine\r\n[DEFAULT]\r\ninstance_check_interval = 30   \r\n');
    expect(
      await run(['config', 'set', 'DEFAULT', 'instance_check_interval', '10', '--file', conf()]),
    ).toMatchObject({ code: 0 });
    expect(await readFile(conf(), 'utf8')).toBe('# mine\r\n[DEFAULT]\r\ninstance_check_interval = 10   \r\n');
    expect((await run(['config', 'get', 'DEFAULT', 'instance_check_interval', '--file', conf()])).out).toBe(
      '10\n',
    );
  });

  it('is left as it is when the edit would make it wrong', async () => {
    const text = '[DEFAULT]\ninstance_check_interval = 30\n';
    await writeFile(conf(), text);
    const ended = await run(['config', 'set', 'DEFAULT', 'instance_check_interval', '-5', '--file', conf()]);
    expect(ended.code).toBe(78);
    expect(ended.err).toContain(`${conf()}:2:`);
    expect(await readFile(conf(), 'utf8')).toBe(text);
  });

  it('is checked with every error at its place, and the nearest known name', async () => {
    await writeFile(conf(), '[DEFAULT]\ninstance_chek_interval = 30\nmode = maybe\n');
    const ended = await run(['--config-file', conf(), 'config', 'check']);
    expect(ended.code).toBe(78);
    expect(ended.out).toMatch(/instance-ha\.conf:2:1: .*instance_check_interval/);
    expect(ended.out).toMatch(/instance-ha\.conf:3:\d+: \[DEFAULT\] mode: /);
  });

  it('is compared option by option', async () => {
    await writeFile(conf(), '[DEFAULT]\ninstance_check_interval = 30\n');
    await writeFile(join(folder, 'b.conf'), '[DEFAULT]\ninstance_check_interval = 10\n');
    const ended = await run(['--json', 'config', 'diff', conf(), join(folder, 'b.conf')]);
    expect(JSON.parse(ended.out)).toMatchObject([
      { name: 'instance_check_interval', before: '30', after: '10', reloadable: true },
    ]);
  });

  it('has a sample that is itself sound', async () => {
    await writeFile(conf(), (await run(['config', 'sample'])).out);
    expect(await run(['--config-file', conf(), 'config', 'check'])).toMatchObject({ code: 0 });
  });
});
