import { listRoutes } from '@instance-ha/contracts/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servedContracts } from '../http/create-server.ts';
import { crash, instanceA, report } from '../testing/samples.ts';
import { startApi, type TestApi, testHost } from '../testing/start-api.ts';
import { digestOf } from './token.ts';

type Answer = 401 | 403 | 'in';
type Row = Record<'nobody' | 'wrong' | 'reader' | 'monitor' | 'other' | 'admin', Answer>;

const row = (
  nobody: Answer,
  wrong: Answer,
  reader: Answer,
  monitor: Answer,
  other: Answer,
  admin: Answer,
): Row => ({
  nobody,
  wrong,
  reader,
  monitor,
  other,
  admin,
});
const open = row('in', 'in', 'in', 'in', 'in', 'in');
const looking = row(401, 401, 'in', 403, 403, 'in');
const steering = row(401, 401, 403, 403, 403, 'in');
const filing = row(401, 401, 403, 'in', 403, 'in');

/**
 * Who may do what, for every route there is: a route that is added to a contract and not here makes the test fail.
 * `monitor` is the token of the host that the request speaks for, `other` that of another host, `wrong` no token of ours.
 */
const expected: Record<string, Row> = {
  'POST /v2/notifications': filing,
  'GET /v2/notifications': looking,
  'GET /v2/notifications/:uuid': looking,
  'POST /v2/notifications/:uuid/approve': steering,
  'POST /v2/notifications/:uuid/reject': steering,
  'POST /v2/notifications/:uuid/abort': steering,
  'POST /v2/notifications/:uuid/retry': steering,
  'GET /v2/guests': looking,
  'GET /v2/guests/:uuid': looking,
  'GET /v2/monitors': looking,
  'GET /v2/monitors/:host': looking,
  'POST /v2/monitors/:host/recordings': filing,
  'PUT /v2/monitors/:host/report': filing,
  'GET /v2/workers': looking,
  'GET /v2/monitors/:host/actions': looking,
  'POST /v2/monitors/:host/actions/take': filing,
  'PUT /v2/monitors/:host/actions/:uuid': filing,
  'GET /v2/held': looking,
  'GET /v2/trends': looking,
  'GET /v2/pause': looking,
  'PUT /v2/pause': steering,
  'DELETE /v2/pause': steering,
  'GET /v2/segments': looking,
  'POST /v2/segments': steering,
  'GET /v2/segments/:uuid': looking,
  'GET /v2/segments/:uuid/readiness': looking,
  'PATCH /v2/segments/:uuid': steering,
  'DELETE /v2/segments/:uuid': steering,
  'GET /v2/hosts': looking,
  'POST /v2/hosts': steering,
  'GET /v2/hosts/:uuid': looking,
  'PATCH /v2/hosts/:uuid': steering,
  'DELETE /v2/hosts/:uuid': steering,
  'GET /v2/vmoves': looking,
  'GET /v2/vmoves/:uuid': looking,
  'GET /v2/audit': looking,
  'GET /v2/configuration': looking,
  'GET /v2/configuration/catalogue': looking,
  'GET /v2/configuration/files/:file': looking,
  'PUT /v2/configuration/files/:file': steering,
  'GET /v2/configuration/files/:file/revisions': looking,
  'GET /v2/configuration/files/:file/revisions/:revision': looking,
  'POST /v2/configuration/validate': looking,
  'POST /v2/configuration/preview': looking,
  'GET /v2/configuration/wanted/:host': filing,
  'PUT /v2/configuration/running/:host': filing,
  'POST /v2/operations': steering,
  'GET /v2/operations': looking,
  'GET /v2/operations/:id': looking,
  'POST /v2/operations/:id/cancel': steering,
  'GET /v2/services': looking,
  'GET /v2/events': looking,
  'GET /v2/whoami': row(401, 401, 'in', 'in', 'in', 'in'),
  'GET /v2/session': open,
  'POST /v2/session': open,
  'DELETE /v2/session': open,
  ...Object.fromEntries(
    ['/v1', '/v1/:project_id'].flatMap(mount =>
      Object.entries({
        'GET /segments': looking,
        'POST /segments': steering,
        'GET /segments/:segment_id': looking,
        'PUT /segments/:segment_id': steering,
        'DELETE /segments/:segment_id': steering,
        'GET /segments/:segment_id/hosts': looking,
        'POST /segments/:segment_id/hosts': steering,
        'GET /segments/:segment_id/hosts/:host_id': looking,
        'PUT /segments/:segment_id/hosts/:host_id': steering,
        'DELETE /segments/:segment_id/hosts/:host_id': steering,
        'POST /notifications': filing,
        'GET /notifications': looking,
        'GET /notifications/:notification_uuid': looking,
        'GET /notifications/:notification_uuid/vmoves': looking,
        'GET /notifications/:notification_uuid/vmoves/:vmove_id': looking,
        'GET /extensions': looking,
        'GET /extensions/:alias': looking,
      }).map(([route, answers]) => [route.replace(' ', ` ${mount}`), answers] as const),
    ),
  ),
  'GET /v1': row(401, 401, 'in', 'in', 'in', 'in'),
  'GET /v1/': row(401, 401, 'in', 'in', 'in', 'in'),
  'GET /v1/versions/v1.0': row(401, 401, 'in', 'in', 'in', 'in'),
  'GET /': open,
  'GET /healthz': open,
  'GET /readyz': open,
  'GET /metrics': open,
  'GET /openapi.json': open,
};

const masakariBody = {
  notification: {
    type: 'VM',
    hostname: testHost,
    generated_time: '2026-01-02 03:04:05',
    payload: { instance_uuid: instanceA, event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' },
  },
};
const bodies: Record<string, unknown> = {
  'POST /v2/notifications': crash(),
  'PUT /v2/monitors/:host/report': report(),
  'POST /v2/monitors/:host/recordings': {
    recording: { fromAt: 1, toAt: 2, heard: 0, guests: [], signals: [], dropped: 0 },
  },
  'POST /v2/monitors/:host/actions/take': { waitMs: 0 },
  'PUT /v2/monitors/:host/actions/:uuid': { outcome: 'done', detail: '', sighting: null },
  'PUT /v2/configuration/running/:host': {
    service: 'monitor',
    name: testHost,
    version: '1.2.3',
    wanted: 0,
    running: 0,
    state: 'applied',
    error: null,
  },
  'PUT /v2/pause': { reason: 'test', forMs: 1000 },
  'POST /v1/notifications': masakariBody,
  'POST /v1/:project_id/notifications': masakariBody,
};

const queries: Record<string, string> = {
  'GET /v2/configuration/wanted/:host': `?service=monitor&name=${testHost}&version=1.2.3`,
};

const routes = servedContracts
  .flatMap(contract => listRoutes(contract))
  .map(({ route }) => `${route.method} ${route.path}`);

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ config: { api: { authFailureLimit: 1_000_000 } } });
});
afterAll(() => api.stop());

const tokens: Record<keyof Row, () => string | undefined> = {
  nobody: () => undefined,
  wrong: () => 'iha_this-token-was-never-made',
  reader: () => api.token('reader'),
  monitor: () => api.token(`monitor-${testHost}`),
  other: () => api.token('monitor-other-host'),
  admin: () => api.token('admin'),
};

async function ask(
  name: string,
  header: Record<string, string>,
): Promise<{ answer: Answer; challenge: string | null }> {
  const [method = '', path = ''] = name.split(' ');
  const url = path
    .replace(':uuid', instanceA)
    .replace(':notification_uuid', instanceA)
    .replace(':project_id', 'abc123')
    .replace(/:(segment|host|vmove)_id/g, instanceA)
    .replace(':alias', 'segments')
    .replace(':host', testHost)
    .replace(':file', 'instance-ha.conf')
    .replace(/:(revision|id)\b/, '1')
    .concat(queries[name] ?? '');
  const body = bodies[name];
  const leave = new AbortController();
  const response = await fetch(`${api.origin}${url}`, {
    method,
    headers: { ...header, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: leave.signal,
  });
  const { status } = response;
  if (status >= 500) throw new Error(`${name} answered ${status}: ${await response.text()}`);
  leave.abort(); // The live stream would not end by itself.
  return {
    answer: status === 401 || status === 403 ? status : 'in',
    challenge: response.headers.get('www-authenticate'),
  };
}

describe('who may do what', () => {
  it('is told here for every route of the contracts, and for no other', () => {
    expect(Object.keys(expected).sort()).toEqual(routes.sort());
  });

  const cases = Object.entries(expected).flatMap(([name, answers]) =>
    Object.entries(answers).map(([who, answer]) => [name, who as keyof Row, answer] as const),
  );

  it.each(cases)('%s by %s: %s', async (name, who, answer) => {
    const token = tokens[who]();
    const bearer = await ask(name, token === undefined ? {} : { authorization: `Bearer ${token}` });
    expect(bearer.answer).toBe(answer);
    expect(bearer.challenge).toBe(answer === 401 ? 'Bearer realm="instance-ha"' : null);
    if (token !== undefined) expect((await ask(name, { 'x-auth-token': token })).answer).toBe(answer);
  });

  it.each([
    ['no scheme', () => api.token('admin')],
    ['another scheme', () => `Basic ${api.token('admin')}`],
    ['an empty token', () => 'Bearer '],
    ['two tokens', () => `Bearer ${api.token('admin')} ${api.token('admin')}`],
    ['a token in upper case', () => `Bearer ${api.token('admin').toUpperCase()}`],
    ['the start of a token', () => `Bearer ${api.token('admin').slice(0, -1)}`],
    ['the digest of a token', () => `Bearer ${Buffer.from(digestOf(api.token('admin'))).toString('hex')}`],
  ])('nobody comes in with %s', async (_name, authorization) => {
    expect((await ask('GET /v2/whoami', { authorization: authorization() })).answer).toBe(401);
  });

  it('no token has come into the log', () => {
    const logged = api.logged();
    expect(logged).toContain('"as":"admin"');
    for (const who of ['wrong', 'reader', 'monitor', 'other', 'admin'] as const)
      expect(logged).not.toContain(tokens[who]());
  });
});
