import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Asked, askMasakari, newHost, newSegment } from '../testing/ask-masakari.ts';
import { instanceA } from '../testing/samples.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

let api: TestApi;
let segment: { uuid: string };
beforeEach(async () => {
  api = await startApi();
  segment = (await askMasakari(api, 'POST', '/v1/segments', { body: newSegment() })).body.segment;
});
afterEach(() => api.stop());

const ask = (method: string, path: string, asked?: Asked) =>
  askMasakari(api, method, `/v1/segments/${segment.uuid}/hosts${path}`, asked);
const make = async (told: object = {}) => (await ask('POST', '', { body: newHost(told) })).body.host;

describe('a host', () => {
  it('is made with 201, shown with its segment, changed with 200 and removed with 204', async () => {
    const made = await ask('POST', '', { body: newHost({ name: 'node1', reserved: 'yes' }) });
    expect(made.status).toBe(201);
    const { host } = made.body;
    expect(host).toEqual({
      id: 1,
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'node1',
      failover_segment_id: segment.uuid,
      failover_segment: segment,
      type: 'COMPUTE',
      reserved: true,
      control_attributes: 'SSH',
      on_maintenance: false,
      created_at: expect.any(String),
      updated_at: null,
      deleted_at: null,
      deleted: false,
    });
    expect((await ask('GET', `/${host.uuid}`)).body).toEqual({ host });
    const body = {
      host: { name: 'node2', type: '', control_attributes: 'TCP', reserved: 'no', on_maintenance: true },
    };
    const changed = await ask('PUT', `/${host.uuid}`, { body });
    expect(changed.status).toBe(200);
    expect(changed.body.host).toEqual({
      ...host,
      ...body.host,
      reserved: false,
      updated_at: expect.any(String),
    });
    expect((await ask('DELETE', `/${host.uuid}`)).status).toBe(204);
    const gone = await ask('GET', `/${host.uuid}`);
    expect([gone.status, gone.body.itemNotFound.message]).toEqual([
      404,
      `Host '${host.uuid}' under failover_segment '${segment.uuid}' could not be found.`,
    ]);
  });

  it('is found in its own segment alone', async () => {
    const { uuid } = await make();
    const other = (await askMasakari(api, 'POST', '/v1/segments', { body: newSegment({ name: 'rack2' }) }))
      .body.segment;
    const path = `/v1/segments/${other.uuid}/hosts/${uuid}`;
    for (const method of ['GET', 'DELETE']) expect((await askMasakari(api, method, path)).status).toBe(404);
    const put = await askMasakari(api, 'PUT', path, { body: { host: { reserved: true } } });
    expect(put.status).toBe(404);
    expect((await ask('GET', '/abc')).body.itemNotFound.message).toBe('No host with id abc.');
    const nowhere = await askMasakari(api, 'GET', `/v1/segments/${instanceA}/hosts`);
    expect([nowhere.status, nowhere.body.itemNotFound.message]).toEqual([
      404,
      `No failover segment with id ${instanceA}.`,
    ]);
    const post = await askMasakari(api, 'POST', `/v1/segments/${instanceA}/hosts`, { body: newHost() });
    expect(post.status).toBe(404);
  });

  it('has a name of its own over all segments', async () => {
    await make({ name: 'node1' });
    const other = (await askMasakari(api, 'POST', '/v1/segments', { body: newSegment({ name: 'rack2' }) }))
      .body.segment;
    const path = `/v1/segments/${other.uuid}/hosts`;
    const again = await askMasakari(api, 'POST', path, { body: newHost({ name: 'node1' }) });
    expect([again.status, again.body]).toEqual([
      409,
      { conflictingRequest: { code: 409, message: 'Host with name node1 already exists.' } },
    ]);
    const second = await make({ name: 'node2' });
    const renamed = await ask('PUT', `/${second.uuid}`, { body: { host: { name: 'node1' } } });
    expect(renamed.status).toBe(409);
  });

  it.each<[string, unknown, string]>([
    ['no type', { host: { name: 'n', control_attributes: '' } }, "'type' is a required property"],
    [
      'a null for the type',
      newHost({ type: null }),
      "Invalid input for field/attribute type. Value: None. None is not of type 'string'",
    ],
    ['a null for the attributes', newHost({ control_attributes: null }), "None is not of type 'string'"],
    ['a type with a dash', newHost({ type: 'a-b' }), "'a-b' does not match '^[a-zA-Z0-9]*$'"],
    ['a wrong boolean', newHost({ reserved: 'maybe' }), "'maybe' is not one of [True, 'True'"],
    [
      'another segment',
      newHost({ failover_segment_id: 'x' }),
      "Additional properties are not allowed ('failover_segment_id' was unexpected)",
    ],
  ])('is not made of %s', async (_name, body, message) => {
    const { status, body: answer } = await ask('POST', '', { body });
    expect(status).toBe(400);
    expect(answer.badRequest.message).toContain(message);
  });

  it('is listed by what it is, in any order, page by page', async () => {
    await make({ name: 'b', reserved: true });
    await make({ name: 'a', type: 'OTHER' });
    await make({ name: 'c', on_maintenance: true });
    const names = async (query: string) =>
      ((await ask('GET', query)).body.hosts as { name: string }[]).map(({ name }) => name).join('');
    expect(await names('')).toBe('cab');
    expect(await names('?name=a')).toBe('a');
    expect(await names('?type=COMPUTE')).toBe('cb');
    expect(await names('?on_maintenance=True')).toBe('c');
    expect(await names('?reserved=f&on_maintenance=0')).toBe('a');
    expect(await names('?control_attributes=none')).toBe('cab');
    expect(await names('?sort_key=name&sort_dir=asc&limit=2')).toBe('ab');
    expect(await names('?sort_key=name&sort_dir=asc&marker=1')).toBe('c');
    expect(await names('?sort_key=failover_segment_id')).toBe('cab');
    const wrong = await ask('GET', '?on_maintenance=zz');
    expect([wrong.status, wrong.body.badRequest.message]).toEqual([
      400,
      expect.stringContaining(
        "Invalid value for on_maintenance: Unrecognized value 'zz', acceptable values are: '0'",
      ),
    ]);
    expect((await ask('GET', '?sort_key=failover_segment')).status).toBe(400);
  });
});

describe('control attributes', () => {
  const secret = '{"bmc":"10.0.0.1","password":"s3cr3t-of-the-bmc"}';

  it('are shown to who may change them and to nobody else', async () => {
    const made = await make({ control_attributes: secret });
    expect(made.control_attributes).toBe(secret);
    const reader = { token: api.token('reader') };
    expect((await ask('GET', `/${made.uuid}`, reader)).body.host.control_attributes).toBe('***');
    expect((await ask('GET', '', reader)).body.hosts[0].control_attributes).toBe('***');
    expect((await ask('GET', '')).body.hosts[0].control_attributes).toBe(secret);
  });

  it('are kept sealed, with a key that stands in no database, and are in no log and no audit', async () => {
    const { uuid } = await make({ control_attributes: secret });
    const kept = (await api.stores.hosts.get(uuid))?.sealedControlAttributes ?? '';
    expect(kept).toMatch(/^iha1:k[0-9a-f]{12}:/);
    await ask('PUT', `/${uuid}`, { body: { host: { control_attributes: `${secret} ` } } });
    const audit = await api.stores.audit.list({ targetType: 'host' }, { limit: 10 });
    expect(audit[0]?.changes).toEqual([{ field: 'controlAttributes', before: '***', after: '***' }]);
    expect(JSON.stringify(audit) + api.logged() + kept).not.toContain('s3cr3t');
    expect(readFileSync(join(api.folder, 'keys'), 'utf8')).toMatch(/^k[0-9a-f]{12} \S{44}\n$/);
  });
});
