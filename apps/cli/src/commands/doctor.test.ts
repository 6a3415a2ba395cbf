import { type FakeOpenStack, startFakeOpenStack } from '@instance-ha/openstack/fake-nova';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guest, report } from '../../../api/src/testing/samples.ts';
import { startApi, type TestApi, testHost } from '../../../api/src/testing/start-api.ts';
import { openrc } from '../../testing/clouds.ts';
import { type Ended, run } from '../../testing/run.ts';
import type { Finding } from '../doctor/finding.ts';

let api: TestApi;
let cloud: FakeOpenStack;

/** A small cloud in which all is well. */
beforeEach(async () => {
  api = await startApi();
  cloud = await startFakeOpenStack({ hosts: [testHost] });
  const { v2 } = api.client();
  const { segment } = (await v2.segments.create({ body: { name: 'rack-7' } })).body;
  await v2.hosts.create({ body: { name: testHost, segmentUuid: segment.uuid } });
  await v2.monitors.report({
    params: { host: testHost },
    body: report({ sentAt: new Date().toISOString() }),
  });
  await api.stores.workers.seen({
    name: 'ctl1-1-abc',
    host: 'ctl1',
    version: '1.2.3',
    driver: 'nova',
    mode: 'act',
    startedAt: new Date().toISOString(),
    held: 0,
  });
});
afterEach(async () => {
  await cloud.close();
  await api.stop();
});

const doctor = (env: Record<string, string | undefined> = {}, ...more: string[]): Promise<Ended> =>
  run([...more, 'doctor'], {
    env: {
      INSTANCE_HA_API_URL: api.origin,
      INSTANCE_HA_TOKEN: api.token('reader'),
      ...openrc(cloud),
      ...env,
    },
  });
async function wrong(
  env: Record<string, string | undefined> = {},
): Promise<{ code: number; lines: Finding[] }> {
  const { code, out } = await doctor(env, '--json');
  return { code, lines: (JSON.parse(out) as Finding[]).filter(({ level }) => level !== 'ok') };
}
/** The API of a test says that it is of another version than this command line. */
const otherVersion = { check: 'api', level: 'warning' };

describe('instance-ha doctor', () => {
  it('finds a sound installation sound, and leaves it as it is', async () => {
    const before = JSON.stringify([...cloud.cloud.services.values()]);
    expect(await wrong()).toMatchObject({ code: 1, lines: [otherVersion] });
    expect(JSON.stringify([...cloud.cloud.services.values()])).toBe(before);
    const writes = cloud.requests.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/v3/'));
    expect(writes.map(({ path }) => path)).toEqual([
      expect.stringMatching(/^\/v2\.1\/os-services\/[0-9a-f-]{36}$/),
    ]);
    expect(before).not.toContain(writes[0]?.path.split('/').at(-1));
  });

  it('writes a line for each check, and no secret', async () => {
    const { code, out, err } = await doctor();
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/^warning {2}api +expected .*To do: /);
    expect(out).toMatch(/\nok {7}nova-evacuate +not tried: /);
    expect(out).not.toContain(openrc(cloud).OS_PASSWORD);
    expect(out).not.toContain(api.token('reader'));
  });

  it('ends with 2 and the cause where something is broken', async () => {
    await api.stores.workers.left('ctl1-1-abc');
    await api.client().v2.monitors.report({
      params: { host: testHost },
      body: report({
        sequence: 2,
        sentAt: '2026-01-02T03:04:05.000Z',
        state: 'blind',
        cause: 'libvirtd does not answer',
        guests: [guest({ phase: 'unmonitored', why: 'it has no agent channel' })],
      }),
    });
    cloud.faults.add({
      method: 'PUT',
      path: /os-services/,
      does: 'answer',
      status: 403,
      body: JSON.stringify({ forbidden: { code: 403, message: "Policy doesn't allow os-services:update" } }),
    });
    cloud.cloud.services.clear();
    const { code, lines } = await wrong();
    expect(code).toBe(2);
    expect(lines).toMatchObject([
      otherVersion,
      { check: 'workers', level: 'problem' },
      { check: 'monitors', found: expect.stringContaining('libvirtd does not answer') },
      { check: 'clocks', found: expect.stringContaining('behind') },
      { check: 'guests', found: expect.stringContaining('1 × it has no agent channel') },
      { check: 'nova-update-services', found: "refused: Policy doesn't allow os-services:update" },
      { check: 'host-names', level: 'problem' },
    ]);
  });

  it('says where it looked when the API is not there, and asks the cloud all the same', async () => {
    const { code, lines } = await wrong({ INSTANCE_HA_API_URL: 'http://127.0.0.1:9' });
    expect(code).toBe(2);
    expect(lines).toMatchObject([
      {
        check: 'api',
        found: expect.stringContaining('http://127.0.0.1:9'),
        advice: expect.stringContaining('--api-url'),
      },
    ]);
  });

  it('needs no token to say that there is none', async () => {
    const { code, lines } = await wrong({ INSTANCE_HA_TOKEN: undefined, INSTANCE_HA_TOKEN_FILE: '/none' });
    expect(code).toBe(2);
    expect(lines).toMatchObject([otherVersion, { check: 'token', found: expect.stringContaining('/none') }]);
  });

  it('says what is missing where a cloud is named by halves', async () => {
    const { code, lines } = await wrong({ OS_PASSWORD: undefined });
    expect(code).toBe(2);
    expect(lines).toMatchObject([
      otherVersion,
      { check: 'openstack', found: expect.stringContaining('OS_PASSWORD') },
    ]);
  });

  it('ends with 78 for a configuration that is refused', async () => {
    expect(await doctor({}, '--config-file', '/none/instance-ha.conf')).toMatchObject({ code: 78 });
  });
});
