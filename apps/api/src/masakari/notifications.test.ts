import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerHosts } from '../testing/ask-masakari.ts';
import { crash, instanceA, report } from '../testing/samples.ts';
import { startApi, type TestApi, testHost } from '../testing/start-api.ts';
import { hostUuid } from './name-uuid.ts';

let api: TestApi;
let registered: Awaited<ReturnType<typeof registerHosts>>;
beforeEach(async () => {
  api = await startApi();
  registered = await registerHosts(api);
});
afterEach(() => api.stop());

type Answer = { status: number; body: Record<string, never>; headers: Headers };

async function ask(
  method: string,
  path: string,
  options: { body?: unknown; version?: string; token?: string | null; type?: string } = {},
): Promise<Answer> {
  const { body, version, token = api.token('admin'), type = 'application/json' } = options;
  const response = await fetch(`${api.origin}${path}`, {
    method,
    headers: {
      ...(token !== null && { 'x-auth-token': token }),
      ...(version !== undefined && { 'openstack-api-version': version }),
      ...(body !== undefined && { 'content-type': type }),
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, never>,
  };
}

const failed = (told: Record<string, unknown> = {}) => ({
  notification: {
    type: 'VM',
    hostname: testHost,
    generated_time: '2026-01-02T03:04:05.123456',
    payload: { instance_uuid: instanceA, event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' },
    ...told,
  },
});
const post = (body: unknown, path = '/v1/notifications') => ask('POST', path, { body });
const list = async (query = '', version?: string) => {
  const { body } = await ask('GET', `/v1/notifications${query}`, version === undefined ? {} : { version });
  return (body as unknown as { notifications: Record<string, unknown>[] }).notifications;
};

describe('filing a notification as Masakari takes it', () => {
  it('answers 202 with the notification as Masakari shows it', async () => {
    const answer = await post(failed());
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      notification: {
        id: 1,
        notification_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        generated_time: '2026-01-02T03:04:05.123000',
        source_host_uuid: registered.hosts[0],
        type: 'VM',
        payload: failed().notification.payload,
        status: 'new',
        failover_segment_uuid: registered.segment,
        message: null,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000$/),
        updated_at: null,
        deleted_at: null,
        deleted: false,
      },
    });
    const [record] = await api.stores.notifications.list({}, { limit: 1 });
    expect(record).toMatchObject({
      type: 'COMPUTE_INSTANCE',
      instanceUuid: instanceA,
      payload: { fault: 'qemu-failed' },
    });
  });

  it.each([
    ['under a project', '/v1/0123456789abcdef/notifications'],
    ['under a dashed project', '/v1/01234567-89ab-cdef-0123-456789abcdef/notifications'],
  ])('works %s too', async (_name, path) => {
    expect((await post(failed(), path)).status).toBe(202);
    expect((await ask('GET', path)).status).toBe(200);
  });

  it.each([
    '2017-04-24 08:34:46',
    '2017-04-24T08:34:46',
    '2017-04-24T08:34:46Z',
    '2017-04-24T10:34:46+02:00',
    '2017-04-24T10:34:46+0200',
  ])('reads the time %s', async generated_time => {
    await post(failed({ generated_time }));
    expect((await list())[0]?.generated_time).toBe('2017-04-24T08:34:46.000000');
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'a host',
      {
        type: 'COMPUTE_HOST',
        payload: { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' },
      },
      { type: 'COMPUTE_HOST' },
    ],
    [
      'a process',
      { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'nova-compute' } },
      { type: 'PROCESS' },
    ],
    ['an instance in our spelling', { type: 'COMPUTE_INSTANCE' }, { type: 'VM' }],
    [
      'a process in our spelling',
      { type: 'COMPUTE_PROCESS', payload: { event: 'STARTED', process_name: 'x' } },
      { type: 'PROCESS' },
    ],
    [
      'an instance without dashes',
      { payload: { ...failed().notification.payload, instance_uuid: instanceA.replaceAll('-', '') } },
      { payload: failed().notification.payload },
    ],
  ])('takes %s', async (_name, told, shown) => {
    const { status } = await post(failed(told));
    expect(status).toBe(202);
    expect((await list())[0]).toMatchObject({
      payload: told.payload ?? failed().notification.payload,
      ...shown,
    });
  });

  it.each(['application/vnd.openstack.masakari+json', 'text/plain', 'application/json; charset=UTF-8'])(
    'takes a body of type %s',
    async type => {
      expect((await ask('POST', '/v1/notifications', { body: failed(), type })).status).toBe(202);
    },
  );

  it('takes nothing of a host in no segment, and nothing of one on maintenance', async () => {
    const unknown = await post(failed({ hostname: 'stray-host' }));
    expect([unknown.status, unknown.body]).toEqual([
      400,
      { badRequest: { code: 400, message: 'Host with name stray-host could not be found.' } },
    ]);
    const path = `/v1/segments/${registered.segment}/hosts/${registered.hosts[0]}`;
    await ask('PUT', path, { body: { host: { on_maintenance: true } } });
    const resting = await post(failed());
    expect([resting.status, resting.body]).toEqual([
      409,
      {
        conflictingRequest: {
          code: 409,
          message: `Notification received from host ${testHost} of type 'VM' is ignored as the host is already under maintenance.`,
        },
      },
    ]);
    expect(await list()).toEqual([]);
  });

  it('answers what is no failure as ignored, and keeps nothing of it', async () => {
    const payload = { ...failed().notification.payload, vir_domain_event: 'STOPPED_SHUTDOWN' };
    const { status, body } = await post(failed({ payload }));
    expect(status).toBe(202);
    expect(body).toMatchObject({
      notification: { status: 'ignored', message: 'LIFECYCLE/STOPPED_SHUTDOWN is no failure of an instance' },
    });
    expect(await list()).toEqual([]);
  });
});

describe('a duplicate', () => {
  it('of the same host, type and payload within 180 s is refused with 409', async () => {
    await post(failed());
    const again = await post(failed({ generated_time: '2026-01-02T03:07:00' }));
    expect(again.status).toBe(409);
    expect(again.body).toEqual({
      conflictingRequest: {
        code: 409,
        message: `Notification received from host ${testHost} of type VM is duplicate.`,
      },
    });
    expect(await list()).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>]>([
    ['180 s later', { generated_time: '2026-01-02T03:07:06' }],
    ['of another host', { hostname: 'other-host' }],
    [
      'of another instance',
      {
        payload: { ...failed().notification.payload, instance_uuid: 'bbbbbbbb-0000-4000-8000-00000000000b' },
      },
    ],
    [
      'with another event',
      {
        payload: { ...failed().notification.payload, event: 'IO_ERROR', vir_domain_event: 'IO_ERROR_REPORT' },
      },
    ],
  ])('is none %s', async (_name, told) => {
    await post(failed());
    expect((await post(failed(told))).status).toBe(202);
    expect(await list()).toHaveLength(2);
  });

  it('is none when the recovery of the one before had ended before it happened', async () => {
    const at = (ms: number): string => new Date(Date.now() + ms).toISOString();
    await post(failed({ generated_time: at(-20_000) }));
    expect((await post(failed({ generated_time: at(-10_000) }))).status).toBe(409);
    const [claim] = await api.stores.recoveries.claim({ worker: 'w', leaseMs: 60_000, limit: 1 });
    if (!claim) throw new Error('nothing to claim');
    await api.stores.recoveries.end(claim, [], { status: 'finished', message: 'it is back' });
    expect((await post(failed({ generated_time: at(-10_000) }))).status).toBe(409);
    const next = at(5000);
    expect((await post(failed({ generated_time: next }))).status).toBe(202);
    expect((await post(failed({ generated_time: next }))).status).toBe(409);
  });

  it('is stored once when many arrive before any of them is stored', async () => {
    const { notifications } = api.stores;
    const list = notifications.list.bind(notifications);
    const { promise: allHaveLooked, resolve } = Promise.withResolvers<void>();
    let looked = 0;
    notifications.list = async (...args) => {
      const found = await list(...args);
      looked += 1;
      if (looked === 10) resolve();
      await allHaveLooked;
      return found;
    };
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(failed())));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      202,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    notifications.list = list;
    expect(await notifications.list({}, { limit: 10 })).toHaveLength(1);
  });

  it('is told apart again and again over a long time', async () => {
    for (let hour = 0; hour < 5; hour += 1) {
      const generated_time = `2026-01-02T0${hour}:00:00`;
      expect((await post(failed({ generated_time }))).status).toBe(202);
      expect((await post(failed({ generated_time }))).status).toBe(409);
    }
    expect(await list()).toHaveLength(5);
  });
});

describe('a wrong request', () => {
  const wrong = (told: Record<string, unknown>) => post(failed(told));
  it.each<[string, () => Promise<Answer>, string]>([
    ['no JSON', () => post('{'), 'Malformed request body'],
    ['no notification', () => post({}), "'notification' is a required property"],
    [
      'more than a notification',
      () => post({ ...failed(), x: 1 }),
      "Additional properties are not allowed ('x' was unexpected)",
    ],
    [
      'an unknown type',
      () => wrong({ type: 'DISK' }),
      "Invalid input for field/attribute type. Value: DISK. 'DISK' is not one of the allowed values",
    ],
    [
      'a wrong type',
      () => wrong({ hostname: 5 }),
      "Invalid input for field/attribute hostname. Value: 5. 5 is not of type 'string'",
    ],
    [
      'no time',
      () => wrong({ generated_time: 'yesterday' }),
      "Invalid input for field/attribute generated_time. Value: yesterday. 'yesterday' is not a 'date-time'",
    ],
    [
      'an event that no process has',
      () => wrong({ type: 'PROCESS', payload: { event: 'stopped', process_name: 'x' } }),
      "Invalid input for field/attribute event. Value: stopped. 'stopped' is not one of ['STARTED', 'STOPPED']",
    ],
    [
      'a field too many inside',
      () => wrong({ payload: { ...failed().notification.payload, x: '1' } }),
      'Additional properties are not allowed',
    ],
  ])('with %s is answered 400 in the words of Masakari', async (_name, call, message) => {
    const { status, body } = await call();
    expect(status).toBe(400);
    expect(body).toEqual({ badRequest: { code: 400, message: expect.stringContaining(message) } });
  });

  it('without a token is answered as Keystone answers', async () => {
    const { status, body, headers } = await ask('GET', '/v1/notifications', { token: null });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="instance-ha"']);
    expect(body).toEqual({
      error: {
        code: 401,
        title: 'Unauthorized',
        message: 'The request you have made requires authentication.',
      },
    });
  });

  it('by a token that may not is answered 403, and for another host too', async () => {
    const reader = await ask('POST', '/v1/notifications', { body: failed(), token: api.token('reader') });
    expect([reader.status, Object.keys(reader.body)]).toEqual([403, ['forbidden']]);
    const other = await ask('POST', '/v1/notifications', {
      body: failed(),
      token: api.token('monitor-other-host'),
    });
    expect([other.status, Object.keys(other.body)]).toEqual([403, ['forbidden']]);
  });

  it('for what is not there, or by a method that is not', async () => {
    expect(await ask('GET', `/v1/notifications/${instanceA}`)).toMatchObject({
      status: 404,
      body: { itemNotFound: { code: 404, message: `No notification with id ${instanceA}.` } },
    });
    expect((await ask('GET', '/v1/notifications/abc')).status).toBe(404);
    expect(await ask('DELETE', `/v1/notifications/${instanceA}`)).toMatchObject({
      status: 405,
      body: { badMethod: { code: 405 } },
    });
    expect(await ask('GET', '/v1/nothing')).toMatchObject({
      status: 404,
      body: { itemNotFound: { code: 404 } },
    });
    expect((await ask('GET', '/v1/not-a-project!/notifications')).status).toBe(404);
  });
});

describe('the list', () => {
  const file = async (key: string, told: Parameters<typeof crash>[0] = {}) => {
    await api.stores.notifications.file(crash({ key, ...told }), { name: 'test' });
  };

  it('is newest first and pages by the integer id or the UUID of the last row', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await file(key);
    const ids = async (query: string) => (await list(query)).map(({ id }) => id);
    expect(await ids('')).toEqual([5, 4, 3, 2, 1]);
    expect(await ids('?limit=2')).toEqual([5, 4]);
    expect(await ids('?limit=2&marker=4')).toEqual([3, 2]);
    const [, last] = await list('?limit=2');
    expect(await ids(`?limit=2&marker=${String(last?.notification_uuid)}`)).toEqual([3, 2]);
    expect(await ids('?limit=0')).toEqual([]);
    expect(await ids('?limit=999999')).toHaveLength(5);
    expect(
      await ids('?sort_key=created_at&sort_dir=desc&sort_key=id&sort_dir=desc&anything=else'),
    ).toHaveLength(5);
  });

  it('comes in any order, and pages in it', async () => {
    for (const key of ['a', 'b', 'c']) await file(key, { name: key });
    await api.stores.recoveries.claim({ worker: 'w', leaseMs: 60_000, limit: 1 });
    const ids = async (query: string) => (await list(query)).map(({ id }) => id);
    expect(await ids('?sort_key=id&sort_dir=asc')).toEqual([1, 2, 3]);
    expect(await ids('?sort_dir=asc')).toEqual([1, 2, 3]);
    expect(await ids('?sort_key=id')).toEqual([3, 2, 1]);
    expect(await ids('?sort_key=status&sort_dir=asc')).toEqual([2, 3, 1]);
    expect(await ids('?sort_key=status&sort_dir=desc&sort_key=id&sort_dir=desc')).toEqual([1, 3, 2]);
    expect(await ids('?sort_key=status&sort_dir=asc&limit=1&marker=2')).toEqual([3]);
    expect(await ids('?sort_key=status&sort_dir=asc&limit=5&marker=3')).toEqual([1]);
    expect(await ids('?sort_key=deleted&sort_key=failover_segment_uuid')).toEqual([3, 2, 1]);
  });

  it('is filtered by type in either spelling, status, host and time', async () => {
    await file('a', { detectedAt: '2026-01-01T00:00:00.000Z' });
    await file('b', { detectedAt: '2026-01-03T00:00:00.000Z' });
    const client = api.client(`monitor-${testHost}`);
    await client.v2.monitors.report({ params: { host: testHost }, body: report() });
    const count = async (query: string) => (await list(query)).length;
    expect(await count('?type=VM')).toBe(2);
    expect(await count('?type=COMPUTE_INSTANCE&status=new')).toBe(2);
    expect(await count('?type=PROCESS')).toBe(0);
    expect(await count('?type=nonsense')).toBe(0);
    expect(await count('?status=finished')).toBe(0);
    expect(await count('?generated-since=2026-01-02')).toBe(1);
    expect(await count('?generated-since=2026-01-02T00:00:00')).toBe(1);
    expect(await count(`?source_host_uuid=${registered.hosts[0]}`)).toBe(2);
    expect(await count(`?source_host_uuid=${registered.hosts[1]}`)).toBe(0);
    expect(await count(`?source_host_uuid=${instanceA}`)).toBe(0);
  });

  it('shows and finds what was filed of a host in no segment', async () => {
    await file('a', { host: 'stray-host' });
    await file('b');
    await api.client().v2.monitors.report({
      params: { host: 'stray-host' },
      body: report({ host: 'stray-host' }),
    });
    const [stray, ...others] = await list(`?source_host_uuid=${hostUuid('stray-host')}`);
    expect(others).toEqual([]);
    expect(stray).toMatchObject({ source_host_uuid: hostUuid('stray-host'), failover_segment_uuid: null });
  });

  it.each([
    ['?limit=-1', 'limit must be >= 0'],
    ['?limit=a', 'limit must be an integer'],
    [`?marker=${instanceA}`, `Marker ${instanceA} could not be found.`],
    ['?sort_key=foo', 'Sort key supplied is invalid: foo'],
    ['?marker=77', 'Marker 77 could not be found.'],
    ['?sort_key=uuid', 'Sort key supplied is invalid: uuid'],
    ['?sort_key=constructor', 'Sort key supplied is invalid: constructor'],
    ['?sort_key=id&sort_dir=asc&sort_dir=asc', 'Sort direction array size exceeds sort key array size.'],
    ['?sort_dir=up', "Unknown sort direction, must be 'asc' or 'desc'"],
    ['?generated-since=never', 'Invalid generated-since value'],
  ])('%s is refused: %s', async (query, message) => {
    const { status, body } = await ask('GET', `/v1/notifications${query}`);
    expect([status, body]).toEqual([400, { badRequest: { code: 400, message } }]);
  });
});

describe('the microversion', () => {
  it('1.4 spells types our way, those before Masakari’s', async () => {
    await post(failed());
    expect((await list('', 'instance-ha 1.3'))[0]?.type).toBe('VM');
    expect((await list('', 'instance-ha latest'))[0]?.type).toBe('VM');
    expect((await list('', 'instance-ha 1.4'))[0]?.type).toBe('COMPUTE_INSTANCE');
  });

  it('1.4 tells the host and the instance, and where the next page is; none before does', async () => {
    await post(failed());
    await post(failed({ hostname: 'other-host' }));
    const page = async (query: string, version: string) =>
      (await ask('GET', `/v1/0123abcd/notifications${query}`, { version })).body as unknown as {
        notifications: Record<string, unknown>[];
        notifications_links?: { rel: string; href: string }[];
      };
    const first = await page('?limit=1&type=VM', 'instance-ha 1.4');
    expect(first.notifications).toMatchObject([
      { id: 2, hostname: 'other-host', instance_uuid: instanceA, instance_name: instanceA },
    ]);
    const href = `${api.origin}/v1/0123abcd/notifications?limit=1&type=VM&marker=2`;
    expect(first.notifications_links).toEqual([{ rel: 'next', href }]);
    const second = await page(href.slice(href.indexOf('?')), 'instance-ha 1.4');
    expect(second.notifications).toMatchObject([{ id: 1, hostname: testHost }]);
    expect(second).not.toHaveProperty('notifications_links');
    const before = await page('?limit=1', 'instance-ha 1.3');
    expect(before).not.toHaveProperty('notifications_links');
    expect(before.notifications[0]).not.toHaveProperty('hostname');
  });

  it('1.1 adds the steps of the recovery to one notification, and to no list', async () => {
    await post(failed());
    const [claim] = await api.stores.recoveries.claim({ worker: 'w', leaseMs: 60_000, limit: 1 });
    if (!claim) throw new Error('nothing to claim');
    await api.stores.recoveries.append(claim, [
      { type: 'act-begun', atMs: 1000, act: 'stop', life: null, attempt: 1 },
      { type: 'act-ended', atMs: 2000, act: 'stop', outcome: 'done', detail: 'it is off' },
      { type: 'act-begun', atMs: 2001, act: 'start', life: null, attempt: 1 },
    ]);
    const path = `/v1/notifications/${claim.notification.uuid}`;
    const shown = async (version: string) =>
      (await ask('GET', path, { version })).body as unknown as { notification: Record<string, unknown> };
    expect((await shown('instance-ha 1.0')).notification).not.toHaveProperty('recovery_workflow_details');
    const { recovery_workflow_details: steps } = (await shown('instance-ha 1.1')).notification;
    expect(steps).toMatchObject([
      {
        name: 'StopInstanceTask',
        progress: 1,
        state: 'SUCCESS',
        progress_details: [{ progress: '0.0' }, { progress: '1.0', message: 'it is off' }],
      },
      { name: 'StartInstanceTask', progress: 0, state: 'RUNNING' },
    ]);
    expect((await list('', 'instance-ha 1.3'))[0]).not.toHaveProperty('recovery_workflow_details');
  });

  it('is told in every answer, and refused when it does not exist', async () => {
    const known = await ask('GET', '/v1/notifications', { version: 'instance-ha 1.2' });
    expect(known.headers.get('openstack-api-version')).toBe('instance-ha 1.2');
    expect(known.headers.get('vary')).toBe('OpenStack-API-Version');
    expect(known.headers.get('x-openstack-request-id')).toMatch(/^req-/);
    const unknown = await ask('GET', '/v1/notifications', { version: 'instance-ha 1.9' });
    expect([unknown.status, Object.keys(unknown.body)]).toEqual([406, ['masakariFault']]);
    const broken = await ask('GET', '/v1/notifications', { version: 'instance-ha x' });
    expect([broken.status, Object.keys(broken.body)]).toEqual([400, ['badRequest']]);
  });
});
