import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeWorld, fakeWorld, patiently } from '../../testing/fake-world.ts';

/** As Masakari shows a segment and a host: masakari's api_samples, and its views at ae98f25. */
const segment = (id: number) => ({
  id,
  uuid: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  name: `rack-${id}`,
  service_type: 'COMPUTE',
  enabled: id % 2 === 0,
  description: null,
  recovery_method: 'reserved_host',
  created_at: '2026-01-02T03:04:05.000000',
  updated_at: null,
  deleted_at: null,
  deleted: false,
});
const host = (id: number) => ({
  id,
  uuid: `11111111-0000-4000-8000-${String(id).padStart(12, '0')}`,
  name: `node${id}`,
  failover_segment_id: segment(1).uuid,
  failover_segment: segment(1),
  type: 'COMPUTE',
  reserved: true,
  control_attributes: 'SSH',
  on_maintenance: false,
  created_at: '2026-01-02T03:04:05.000000',
  updated_at: '2026-01-02T03:04:06.000000',
  deleted_at: null,
  deleted: false,
});

let world: FakeWorld;
let masakari: Server;
let asked: string[];
/** What the Masakari holds, and how many rows it gives at most, whatever `limit` says. */
let rows: { id: number }[];
let maxLimit: number;
let ignoresMarker: boolean;

beforeEach(async () => {
  [asked, rows, maxLimit, ignoresMarker] = [[], [], 1000, false];
  masakari = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://masakari.invalid');
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    const after = ignoresMarker ? 0 : Number(url.searchParams.get('marker') ?? 0);
    const limit = Math.min(maxLimit, Number(url.searchParams.get('limit') ?? maxLimit));
    const page = rows.filter(({ id }) => id > after).slice(0, limit);
    const name = url.pathname.endsWith('/hosts') ? 'hosts' : 'segments';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ [name]: page }));
  });
  await new Promise<void>(resolve => masakari.listen(0, '127.0.0.1', resolve));
  world = await fakeWorld();
  const url = `http://127.0.0.1:${(masakari.address() as AddressInfo).port}/v1/abc`;
  world.fake.keystone.endpoints.push({ type: 'instance-ha', name: 'masakari', url });
});
afterEach(async () => {
  await world.close();
  masakari.closeAllConnections();
  await new Promise(resolve => masakari.close(resolve));
});

describe('a running Masakari', () => {
  it('tells its segments, however few it gives at a time', async () => {
    rows = [1, 2, 3, 4, 5].map(segment);
    maxLimit = 2;
    const found = await world.openstack.masakariInventory.listSegments(patiently);
    expect(found.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['rack-1', false],
      ['rack-2', true],
      ['rack-3', false],
      ['rack-4', true],
      ['rack-5', false],
    ]);
    expect(found[0]).toEqual({
      id: 1,
      uuid: segment(1).uuid,
      name: 'rack-1',
      description: null,
      serviceType: 'COMPUTE',
      recoveryMethod: 'reserved_host',
      enabled: false,
    });
    expect(asked).toEqual([
      'GET /v1/abc/segments?limit=500&sort_key=id&sort_dir=asc',
      'GET /v1/abc/segments?limit=500&sort_key=id&sort_dir=asc&marker=2',
      'GET /v1/abc/segments?limit=500&sort_key=id&sort_dir=asc&marker=4',
      'GET /v1/abc/segments?limit=500&sort_key=id&sort_dir=asc&marker=5',
    ]);
  });

  it('tells the hosts of one, control attributes as they were written', async () => {
    rows = [host(7)];
    expect(await world.openstack.masakariInventory.listHosts(segment(1).uuid, patiently)).toEqual([
      {
        id: 7,
        uuid: host(7).uuid,
        name: 'node7',
        type: 'COMPUTE',
        controlAttributes: 'SSH',
        reserved: true,
        onMaintenance: false,
      },
    ]);
    expect(asked[0]).toContain(`/segments/${segment(1).uuid}/hosts?`);
  });

  it('of before microversion 1.2 acts on every segment', async () => {
    const { enabled: _enabled, ...old } = segment(1);
    rows = [old];
    expect(await world.openstack.masakariInventory.listSegments(patiently)).toMatchObject([
      { enabled: true },
    ]);
  });

  it('that sends the same page again and again is not followed for ever', async () => {
    rows = [segment(1)];
    ignoresMarker = true;
    await expect(world.openstack.masakariInventory.listSegments(patiently)).rejects.toMatchObject({
      code: 'garbage',
      message: expect.stringContaining('a row came twice'),
    });
    expect(asked).toHaveLength(2);
  });

  it('with more pages than anybody has is an error, and not cut', async () => {
    rows = Array.from({ length: 150 }, (_, n) => segment(n + 1));
    maxLimit = 1;
    await expect(world.openstack.masakariInventory.listSegments(patiently)).rejects.toMatchObject({
      code: 'answer-too-large',
    });
    expect(asked).toHaveLength(100);
  });

  it('is found where the catalogue leaves its version out', async () => {
    const { port } = masakari.address() as AddressInfo;
    world.fake.keystone.endpoints = [
      { type: 'instance-ha', name: 'masakari', url: `http://127.0.0.1:${port}` },
    ];
    await world.openstack.masakariInventory.listSegments(patiently);
    expect(asked).toEqual(['GET /v1/segments?limit=500&sort_key=id&sort_dir=asc']);
  });

  it('that is in no catalogue is said to be missing, with what there is', async () => {
    world.fake.keystone.endpoints = [];
    await expect(world.openstack.masakariInventory.listSegments(patiently)).rejects.toMatchObject({
      code: 'no-endpoint',
      message: expect.stringContaining('no service "instance-ha"'),
    });
  });
});
