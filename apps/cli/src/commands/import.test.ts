import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@instance-ha/config';
import { type FakeOpenStack, fakeAdmin, startFakeOpenStack } from '@instance-ha/openstack/fake-nova';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../../api/src/testing/start-api.ts';
import { openrc } from '../../testing/clouds.ts';
import { type Ended, run } from '../../testing/run.ts';
import type { Applied } from '../import/apply.ts';

const bmc = '{"password":"hunter2"}';

/** A Masakari in the catalogue of a cloud, behind Keystone: what speaks its wire here is our own `/v1`. */
let cloud: FakeOpenStack;
let theirs: TestApi;
let ours: TestApi;
let env: Record<string, string>;
const told: Ended[] = [];

beforeEach(async () => {
  cloud = await startFakeOpenStack({ hosts: ['node1', 'node2', 'node3'], keystone: { projectId: 'abc123' } });
  theirs = await startApi({
    config: {
      api: { authStrategy: 'keystone' },
      keystoneAuthtoken: {
        authUrl: cloud.authUrl,
        username: fakeAdmin.name,
        password: new Secret(fakeAdmin.password),
        projectName: 'admin',
      },
    },
  });
  cloud.keystone.endpoints.push({
    type: 'instance-ha',
    name: 'masakari',
    url: `${theirs.origin}/v1/abc123`,
  });
  ours = await startApi();
  env = { INSTANCE_HA_API_URL: ours.origin, INSTANCE_HA_TOKEN: ours.token('admin'), ...openrc(cloud) };
  const { v2 } = theirs.client();
  const { segment } = (
    await v2.segments.create({
      body: { name: 'rack-7', recoveryMethod: 'reserved_host', description: 'seven', enabled: false },
    })
  ).body;
  await v2.hosts.create({ body: { name: 'node1', segmentUuid: segment.uuid, controlAttributes: bmc } });
  await v2.hosts.create({ body: { name: 'node2', segmentUuid: segment.uuid, reserved: true } });
  await v2.segments.create({ body: { name: 'rack-8' } });
});
afterEach(async () => {
  await ours.stop();
  await theirs.stop();
  await cloud.close();
});

async function importing(...argv: string[]): Promise<{ code: number; rows: string[] }> {
  const ended = await run(['--json', 'import', 'masakari', ...argv], { env });
  told.push(ended);
  expect(ended.err).toBe('');
  const rows = JSON.parse(ended.out) as Applied[];
  return { code: ended.code, rows: rows.map(row => `${row.action} ${row.thing} ${row.name}: ${row.why}`) };
}
const ourState = async () => {
  const { v2 } = ours.client();
  return {
    segments: (await v2.segments.list()).body.segments,
    hosts: (await v2.hosts.list()).body.hosts,
    audit: (await v2.audit.list()).body.events.length,
  };
};

describe('import masakari', () => {
  it('shows what it would do, and does nothing', async () => {
    expect(await importing()).toEqual({
      code: 0,
      rows: [
        'create segment rack-7: ',
        'create host node1: ',
        'create host node2: ',
        'create segment rack-8: ',
      ],
    });
    expect(await ourState()).toEqual({ segments: [], hosts: [], audit: 0 });
    const { out } = await run(['import', 'masakari'], { env });
    expect(out).toMatch(/^ACTION +WHAT +NAME +SEGMENT +WHY\ncreate +segment +rack-7 +rack-7\n/);
    expect(out).toMatch(/4 create; nothing was changed, --apply does it\n$/);
  });

  it('does it, and done again changes nothing', async () => {
    expect(await importing('--apply')).toEqual({
      code: 0,
      rows: [
        'created segment rack-7: ',
        'created host node1: ',
        'created host node2: ',
        'created segment rack-8: ',
      ],
    });
    const after = await ourState();
    expect(after.segments).toMatchObject([
      { name: 'rack-8', recoveryMethod: 'auto', enabled: true, description: null },
      { name: 'rack-7', recoveryMethod: 'reserved_host', enabled: false, description: 'seven' },
    ]);
    expect(after.hosts).toMatchObject([
      { name: 'node2', reserved: true, controlAttributes: '' },
      { name: 'node1', reserved: false, controlAttributes: bmc },
    ]);
    const { rows } = await importing('--apply');
    expect(rows).toEqual([
      'same segment rack-7: ',
      'same host node1: ',
      'same host node2: ',
      'same segment rack-8: ',
    ]);
    expect(await ourState()).toEqual(after);
  });

  it('tells what is here and differs, leaves it, and takes the rest', async () => {
    const { v2 } = ours.client();
    const { segment } = (await v2.segments.create({ body: { name: 'rack-7' } })).body;
    const other = (await v2.segments.create({ body: { name: 'own' } })).body.segment;
    await v2.hosts.create({ body: { name: 'node1', segmentUuid: other.uuid, controlAttributes: 'else' } });
    const { code, rows } = await importing('--apply');
    expect(code).toBe(0);
    expect(rows).toEqual([
      'differs segment rack-7: recovery method: here auto, there reserved_host; description: here none, there seven; enabled: here yes, there no',
      'differs host node1: segment: here own, there rack-7; other control attributes',
      'created host node2: ',
      'created segment rack-8: ',
    ]);
    const { segments, hosts } = await ourState();
    expect(segments.find(({ name }) => name === 'rack-7')).toEqual(segment);
    expect(segments.map(({ name }) => name).sort()).toEqual(['own', 'rack-7', 'rack-8']);
    expect(hosts.find(({ name }) => name === 'node1')).toMatchObject({ segmentUuid: other.uuid });
    expect(hosts.find(({ name }) => name === 'node2')).toMatchObject({ segmentUuid: segment.uuid });
  });

  it('goes on with the others where the API refuses one', async () => {
    const create = ours.stores.hosts.create.bind(ours.stores.hosts);
    ours.stores.hosts.create = async (host, actor) =>
      host.name === 'node1' ? { ok: false, why: 'name-taken' } : create(host, actor);
    const { code, rows } = await importing('--apply');
    expect(code).toBe(1);
    expect(rows[1]).toMatch(/^failed host node1: POST \/v2\/hosts answered 409/);
    expect(rows.slice(2)).toEqual(['created host node2: ', 'created segment rack-8: ']);
  });

  it('finds the cloud by its name in clouds.yaml', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cli-import-'));
    const file = join(folder, 'clouds.yaml');
    const { OS_AUTH_URL, OS_PASSWORD } = openrc(cloud);
    writeFileSync(
      file,
      `clouds: {mine: {auth: {auth_url: "${OS_AUTH_URL}", username: admin, password: "${OS_PASSWORD}", project_name: admin, user_domain_name: Default, project_domain_name: Default}}}`,
    );
    const { INSTANCE_HA_API_URL, INSTANCE_HA_TOKEN } = env;
    env = { INSTANCE_HA_API_URL, INSTANCE_HA_TOKEN, OS_CLIENT_CONFIG_FILE: file } as Record<string, string>;
    expect((await importing('--os-cloud', 'mine')).rows).toHaveLength(4);
    const conf = join(folder, 'instance-ha.conf');
    writeFileSync(conf, '[openstack]\nauth_url = http://127.0.0.1:9/v3\nusername = another\n');
    const other = await run(['--config-file', conf, 'import', 'masakari', '--os-cloud', 'mine'], { env });
    expect(other).toMatchObject({ code: 0, out: expect.stringContaining('4 create') });
    const unknown = await run(['import', 'masakari', '--os-cloud', 'yours'], { env });
    expect(unknown).toMatchObject({ code: 78, err: expect.stringContaining('no cloud "yours"') });
    rmSync(folder, { recursive: true });
  });

  it('ends with plain words where no cloud is named, none has a Masakari, or we are not let in', async () => {
    const { INSTANCE_HA_API_URL, INSTANCE_HA_TOKEN, ...rc } = env;
    const own = { INSTANCE_HA_API_URL, INSTANCE_HA_TOKEN };
    expect(await run(['import', 'masakari'], { env: own })).toMatchObject({
      code: 64,
      err: expect.stringContaining('no cloud is named'),
    });
    expect(await run(['import', 'masakari'], { env: { ...own, ...rc, OS_PASSWORD: 'wrong' } })).toMatchObject(
      {
        code: 77,
      },
    );
    cloud.keystone.endpoints = [];
    expect(await run(['import', 'masakari'], { env })).toMatchObject({
      code: 69,
      err: expect.stringContaining('no service "instance-ha"'),
    });
  });

  it('never shows what control attributes are', () => {
    expect(told.length).toBeGreaterThan(4);
    for (const { out } of told) expect(out).not.toContain('hunter2');
  });
});
