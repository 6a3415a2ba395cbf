import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Asked,
  askMasakari,
  failedInstance,
  newSegment,
  registerHosts,
} from '../testing/ask-masakari.ts';
import { instanceA } from '../testing/samples.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const ask = (method: string, path: string, asked?: Asked) =>
  askMasakari(api, method, `/v1/segments${path}`, asked);
const make = async (told: object = {}, version = '1.2') =>
  (await ask('POST', '', { body: newSegment(told), version })).body.segment;
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;

describe('a segment', () => {
  it('is made with 201, shown, changed with 200 and removed with 204', async () => {
    const made = await ask('POST', '', { body: newSegment({ description: 'first\nrack' }) });
    expect(made.status).toBe(201);
    expect(made.headers.get('content-type')).toBe('application/json');
    const { segment } = made.body;
    expect(segment).toEqual({
      id: 1,
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'rack1',
      service_type: 'COMPUTE',
      enabled: true,
      description: 'first\nrack',
      recovery_method: 'auto',
      created_at: expect.stringMatching(stamp),
      updated_at: null,
      deleted_at: null,
      deleted: false,
    });
    expect((await ask('GET', `/${segment.uuid}`)).body).toEqual({ segment });
    expect((await ask('GET', `/${segment.uuid.toUpperCase()}`)).status).toBe(200);
    const body = { segment: { name: 'rack2', description: null, recovery_method: 'rh_priority' } };
    const changed = await ask('PUT', `/${segment.uuid}`, { body });
    expect(changed.status).toBe(200);
    expect(changed.body.segment).toEqual({
      ...segment,
      ...body.segment,
      updated_at: expect.stringMatching(stamp),
    });
    const removed = await ask('DELETE', `/${segment.uuid}`);
    expect([removed.status, removed.body, removed.headers.get('content-type')]).toEqual([
      204,
      undefined,
      null,
    ]);
    expect(await ask('GET', `/${segment.uuid}`)).toMatchObject({
      status: 404,
      body: { itemNotFound: { code: 404, message: `No failover segment with id ${segment.uuid}.` } },
    });
    expect((await ask('GET', '/abc')).body.itemNotFound.message).toBe('No failover segment with id abc.');
  });

  it('knows enabled from 1.2 on, in every word for it; earlier it is a property too many', async () => {
    for (const [word, meant] of [
      [true, true],
      [false, false],
      ['no', false],
      ['0', false],
      ['Off', false],
      ['YES', true],
      ['1', true],
    ] as const) {
      const made = await make({ name: `made ${word}`, enabled: word });
      expect([word, made.enabled]).toEqual([word, meant]);
      const other = await make({ name: `changed ${word}`, enabled: !meant });
      const body = { segment: { enabled: word } };
      const changed = await ask('PUT', `/${other.uuid}`, { body, version: '1.2' });
      expect([word, changed.body.segment.enabled]).toEqual([word, meant]);
    }
    const early = await ask('POST', '', { body: newSegment({ enabled: true }), version: '1.1' });
    expect(early.status).toBe(400);
    expect(early.body.badRequest.message).toBe(
      "Invalid input for field/attribute segment. Value: {'name': 'rack1', 'recovery_method': 'auto', 'service_type': 'COMPUTE', 'enabled': True}. Additional properties are not allowed ('enabled' was unexpected)",
    );
  });

  it('has a name of its own: 409 in Masakari’s words, and in the audit', async () => {
    await make();
    const other = await make({ name: 'rack2' });
    const message = 'Failover segment with name rack1 already exists.';
    const again = await ask('POST', '', { body: newSegment() });
    expect([again.status, again.body]).toEqual([409, { conflictingRequest: { code: 409, message } }]);
    const renamed = await ask('PUT', `/${other.uuid}`, { body: { segment: { name: 'rack1' } } });
    expect([renamed.status, renamed.body.conflictingRequest.message]).toEqual([409, message]);
    const audit = await api.stores.audit.list({ outcome: 'failure' }, { limit: 10 });
    expect(audit).toMatchObject([
      { action: 'update', target: { type: 'segment', id: other.uuid }, reason: message },
      { action: 'create', target: { name: 'rack1' }, initiator: { name: 'admin' }, reason: message },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, "None is not of type 'object'"],
    ['no JSON', '{', 'Malformed request body'],
    ['no segment', {}, "'segment' is a required property"],
    [
      'no name',
      { segment: { recovery_method: 'auto', service_type: 'x' } },
      "Invalid input for field/attribute segment. Value: {'recovery_method': 'auto', 'service_type': 'x'}. 'name' is a required property",
    ],
    [
      'a name of blanks',
      newSegment({ name: ' x' }),
      "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    ],
    [
      'a name with a control character',
      newSegment({ name: 'a\u0007b' }),
      "An invalid 'name' value was provided.",
    ],
    [
      'an empty name',
      newSegment({ name: '' }),
      "Invalid input for field/attribute name. Value: . '' is too short",
    ],
    ['a long name', newSegment({ name: 'x'.repeat(256) }), 'is too long'],
    [
      'an unknown method',
      newSegment({ recovery_method: 'AUTO' }),
      "Invalid input for field/attribute recovery_method. Value: AUTO. 'AUTO' is not one of ['auto', 'reserved_host', 'auto_priority', 'rh_priority']",
    ],
    [
      'a number for a boolean',
      newSegment({ enabled: 1 }),
      "Invalid input for field/attribute enabled. Value: 1. 1 is not one of [True, 'True', 'TRUE'",
    ],
    [
      'a field too many',
      newSegment({ color: 'red' }),
      "Additional properties are not allowed ('color' was unexpected)",
    ],
  ])('is not made of %s', async (_name, body, message) => {
    const { status, body: answer } = await ask('POST', '', { body, version: '1.2' });
    expect(status).toBe(400);
    expect(answer.badRequest.message).toContain(message);
  });

  it('is not changed by nothing', async () => {
    const { uuid } = await make();
    const { status, body } = await ask('PUT', `/${uuid}`, { body: { segment: {} } });
    expect(status).toBe(400);
    expect(body.badRequest.message).toBe(
      'Invalid input for field/attribute segment. Value: {}. {} is not valid under any of the given schemas',
    );
  });

  it('takes a body without a content type, and none of another', async () => {
    const raw = await fetch(`${api.origin}/v1/segments`, {
      method: 'POST',
      headers: { 'x-auth-token': api.token('admin') },
      body: new Blob([JSON.stringify(newSegment())]),
    });
    expect(raw.status).toBe(201);
    const xml = await ask('POST', '', { body: '<segment/>', type: 'application/xml' });
    expect([xml.status, Object.keys(xml.body)]).toEqual([415, ['badMediaType']]);
  });
});

describe('a segment with a host under recovery', () => {
  it('may be switched off and renamed, and neither removed nor recovered otherwise', async () => {
    const { segment, hosts } = await registerHosts(api);
    await askMasakari(api, 'POST', '/v1/notifications', { body: failedInstance() });
    const change = (told: object) => ask('PUT', `/${segment}`, { body: { segment: told }, version: '1.2' });
    expect((await change({ enabled: false, name: 'renamed' })).status).toBe(200);
    const method = await change({ recovery_method: 'reserved_host' });
    expect([method.status, method.body.conflictingRequest.message]).toEqual([
      409,
      `Failover segment ${segment} can't be updated as it is in-use to process notifications.`,
    ]);
    const removed = await ask('DELETE', `/${segment}`);
    expect([removed.status, removed.body.conflictingRequest.message]).toEqual([
      409,
      `Failover segment (${segment}) can't be deleted as it is in-use to process notifications.`,
    ]);
    const other = await ask('PUT', `/${segment}/hosts/${hosts[1]}`, { body: { host: { reserved: true } } });
    expect(other.status).toBe(200);
    const busy = await ask('PUT', `/${segment}/hosts/${hosts[0]}`, { body: { host: { reserved: true } } });
    expect([busy.status, busy.body.conflictingRequest.message]).toEqual([
      409,
      `Host ${hosts[0]} can't be updated as it is in-use to process notifications.`,
    ]);
    const gone = await ask('DELETE', `/${segment}/hosts/${hosts[0]}`);
    expect([gone.status, gone.body.conflictingRequest.message]).toEqual([
      409,
      `Host ${hosts[0]} can't be deleted as it is in-use to process notifications.`,
    ]);
  });
});

describe('the list of segments', () => {
  beforeEach(async () => {
    await make({ name: 'b' });
    await make({ name: 'a', recovery_method: 'rh_priority', description: 'x' });
    await make({ name: 'c', service_type: 'other', enabled: false });
  });
  const names = async (query: string, version?: string) => {
    const { body } = await ask('GET', query, version === undefined ? {} : { version });
    return (body.segments as { name: string }[]).map(({ name }) => name).join('');
  };

  it.each([
    ['', 'cab'],
    ['?name=a', 'a'],
    ['?recovery_method=auto', 'cb'],
    ['?recovery_method=nonsense', ''],
    ['?service_type=other', 'c'],
    ['?enabled=True', 'ab'],
    ['?enabled=1', 'ab'],
    ['?enabled=off', 'c'],
    ['?sort_key=name&sort_dir=asc', 'abc'],
    ['?sort_key=name', 'cba'],
    ['?sort_key=name&sort_dir=asc&marker=2', 'bc'],
    ['?sort_key=description&sort_dir=desc&limit=2', 'ac'],
    ['?limit=1', 'c'],
    ['?limit=1&marker=3', 'a'],
    ['?limit=0', ''],
    ['?page_size=1&anything=else', 'cab'],
  ])('%s: %s', async (query, found) => {
    expect(await names(query)).toBe(found);
  });

  it.each([
    [
      '?enabled=maybe',
      "Invalid value for enabled: Unrecognized value 'maybe', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'",
    ],
    [`?marker=${instanceA}`, `Marker ${instanceA} could not be found.`],
    ['?sort_key=failover_segment', 'Sort key supplied is invalid: failover_segment'],
  ])('%s is refused: %s', async (query, message) => {
    const { status, body } = await ask('GET', query);
    expect([status, body]).toEqual([400, { badRequest: { code: 400, message } }]);
  });

  it('is read to its end by the links of 1.4', async () => {
    let query = '?limit=1&sort_key=name&sort_dir=asc';
    const found: string[] = [];
    for (;;) {
      const { body } = await ask('GET', query, { version: '1.4' });
      found.push(...body.segments.map(({ name }: { name: string }) => name));
      const href = body.segments_links?.[0].href as string | undefined;
      if (href === undefined) break;
      query = href.slice(href.indexOf('?'));
    }
    expect(found.join('')).toBe('abc');
  });
});
