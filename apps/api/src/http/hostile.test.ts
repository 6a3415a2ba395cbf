import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash, report } from '../testing/samples.ts';
import { startApi, type TestApi, testHost } from '../testing/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ config: { api: { bodyLimitBytes: 64 * 1024 } } });
});
afterAll(() => api.stop());

type Sent = { status: number; text: string; headers: Headers };

async function send(
  method: string,
  path: string,
  options: { body?: string | Uint8Array; type?: string | null; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const { body, type = 'application/json', headers } = options;
  const response = await fetch(`${api.origin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.token('admin')}`,
      ...(body !== undefined && type !== null && { 'content-type': type }),
      ...headers,
    },
    body: (body ?? null) as string | null,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const post = (body: unknown) =>
  send('POST', '/v2/notifications', { body: typeof body === 'string' ? body : JSON.stringify(body) });

/** Every refusal has the one shape, and says nothing of the inside. */
function expectRefusal(sent: Sent, status: number, code: string): void {
  expect(sent.status, sent.text).toBe(status);
  const { error } = JSON.parse(sent.text) as { error: { code: string; requestId: string } };
  expect(error.code).toBe(code);
  expect(error.requestId).toBe(sent.headers.get('x-openstack-request-id'));
  expect(sent.text).not.toMatch(/node_modules|\.ts:|at Object\.|SyntaxError/);
}

/** Sends bytes as they are; resolves with everything that comes back until the service closes. */
function raw(bytes: string, options: { written?: (socket: Socket) => void } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(api.origin);
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(bytes);
      options.written?.(socket);
    });
    let text = '';
    socket.on('data', chunk => {
      text += String(chunk);
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
    socket.setTimeout(15_000, () => reject(new Error(`the service did not close; it said: ${text}`)));
  });
}

describe('a body', () => {
  it.each<[string, string, number, string]>([
    ['that is no JSON', '{"incidentKey":', 400, 'invalid-request'],
    ['that is empty', '', 400, 'invalid-request'],
    ['that is null', 'null', 400, 'invalid-request'],
    ['that is a list', '[]', 400, 'invalid-request'],
    ['that is a number', '5', 400, 'invalid-request'],
    ['with two values', '{}{}', 400, 'invalid-request'],
    ['with a byte order mark and garbage', '\u{feff}garbage', 400, 'invalid-request'],
    ['with a thousand levels', '['.repeat(1000) + ']'.repeat(1000), 400, 'invalid-request'],
    [
      'with twenty thousand levels',
      `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
      400,
      'invalid-request',
    ],
    ['that reaches for the prototype', '{"__proto__":{"isAdmin":true}}', 400, 'invalid-request'],
    ['that reaches for the constructor', '{"constructor":{"prototype":{"x":1}}}', 400, 'invalid-request'],
    ['larger than allowed', JSON.stringify('x'.repeat(65 * 1024)), 413, 'too-large'],
  ])('%s is refused', async (_name, body, status, code) => {
    expectRefusal(await post(body), status, code);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it('is refused when it is too large and does not say so', async () => {
    const chunked = await raw(
      `POST /v2/notifications HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${api.token('admin')}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${`4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(5)}0\r\n\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('of a length that it does not have is refused or waited for, and nothing is stored', async () => {
    const text = await raw(`POST /v2/pause HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n{}`);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonp', ''])(
    'of type %j is refused',
    async type => {
      const sent = await send('POST', '/v2/notifications', { body: JSON.stringify(crash()), type });
      expectRefusal(sent, 415, 'unsupported-media-type');
    },
  );

  it('that is not UTF-8 is stored with marks where it was not, or refused, and never breaks the service', async () => {
    const bytes = Buffer.from(JSON.stringify(crash({ key: 'utf8', name: 'aXb' })));
    bytes[bytes.indexOf('aXb') + 1] = 0xff;
    const sent = await send('POST', '/v2/notifications', { body: bytes });
    expect(sent.status).toBe(201);
    expect(JSON.parse(sent.text).notification.instanceName).toBe('a\u{fffd}b');
  });

  it.each<[string, object, string]>([
    ['a surplus field', { ...crash(), extra: 1 }, 'body'],
    ['a surplus field inside', { ...crash(), payload: { ...crash().payload, extra: 1 } }, 'body.payload'],
    ['a missing field', { ...crash(), host: undefined }, 'body.host'],
    ['a host with a path', { ...crash(), host: '../etc' }, 'body.host'],
    ['a host with a line break', { ...crash(), host: 'a\r\nx: y' }, 'body.host'],
    ['a key with blanks', { ...crash(), incidentKey: 'a b' }, 'body.incidentKey'],
    ['a key that is too long', { ...crash(), incidentKey: 'x'.repeat(601) }, 'body.incidentKey'],
    [
      'an unknown fault',
      { ...crash(), payload: { ...crash().payload, fault: 'aliens' } },
      'body.payload.fault',
    ],
    ['an unknown type', { ...crash(), payload: { ...crash().payload, type: 'VM' } }, 'body.payload.type'],
    ['a name with a control character', crash({ name: 'a\u0007b' }), 'body.payload.instanceName'],
    ['a time that is none', crash({ detectedAt: '2026-02-30T00:00:00.000Z' }), 'body.faultAt'],
    ['a time before computers', crash({ detectedAt: '0000-01-01T00:00:00.000Z' }), 'body.faultAt'],
    ['a time without a zone', crash({ detectedAt: '2026-02-03T00:00:00.000' }), 'body.faultAt'],
    ['a number where text is', { ...crash(), host: 5 }, 'body.host'],
  ])('with %s is refused, and told where', async (_name, body, path) => {
    const sent = await post(body);
    expectRefusal(sent, 400, 'invalid-request');
    expect(JSON.parse(sent.text).error.details[0].path).toBe(path);
  });

  it('may hold any text where text may stand, and gives it back as it came', async () => {
    const name = '\u202egpj.exe <script>alert(1)</script> 数据库 \u{1f600} {{7*7}} %00 {jndi:ldap://x}';
    const body = crash({ key: 'text', name });
    const evidence = {
      ...body.evidence,
      summary: name,
      rule: 'r',
      inputs: [],
      policy: { [name.slice(0, 20)]: name },
    };
    const sent = await post({ ...body, evidence });
    expect(sent.status, sent.text).toBe(201);
    expect(sent.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(sent.headers.get('x-content-type-options')).toBe('nosniff');
    const { notification } = JSON.parse(sent.text);
    expect([notification.instanceName, notification.evidence.summary]).toEqual([name, name]);
  });

  it('with text that no database takes is refused in a notification, whose sender has mended it', async () => {
    const body = crash({ key: 'nul' });
    const sent = await post({ ...body, evidence: { ...body.evidence, summary: 'a\0b\ud800c' } });
    expectRefusal(sent, 400, 'invalid-request');
    expect(JSON.parse(sent.text).error.details[0]).toMatchObject({
      path: 'body.evidence.summary',
      found: 'a\u{fffd}b\u{fffd}c',
    });
  });

  it('of a report with such text loses the text and not the report', async () => {
    const guests = [{ ...report().guests[0], why: 'a\0b\ud800c' }];
    const body = JSON.stringify({ ...report({ sequence: 7 }), guests });
    const sent = await send('PUT', `/v2/monitors/${testHost}/report`, { body });
    expect([sent.status, sent.text]).toEqual([200, '{"taken":true}']);
    expect(JSON.parse((await send('GET', '/v2/guests')).text).guests[0].why).toBe('a\u{fffd}b\u{fffd}c');
  });

  it('with a thousand faults is told of twenty', async () => {
    const inputs = Array.from({ length: 64 }, () => ({ signal: 5, value: 6, ageMs: 'x' }));
    const sent = await post({ ...crash(), evidence: { ...crash().evidence, inputs } });
    expect(JSON.parse(sent.text).error.details).toHaveLength(20);
  });

  it('of a report may be larger than others, because it is read for monitors only', async () => {
    const guests = Array.from({ length: 400 }, (_one, at) => ({
      ...report().guests[0],
      instanceUuid: `aaaaaaaa-0000-4000-8000-${at.toString(16).padStart(12, '0')}`,
    }));
    const body = JSON.stringify(report({ sequence: 8, guests: guests as never }));
    expect(body.length).toBeGreaterThan(64 * 1024);
    expect((await send('PUT', `/v2/monitors/${testHost}/report`, { body })).status).toBe(200);
    const stranger = { authorization: 'Bearer a-token-that-nobody-made' };
    const sent = await send('PUT', `/v2/monitors/${testHost}/report`, { body, headers: stranger });
    expect(sent.status).toBe(401);
  });
});

describe('an address', () => {
  it.each([
    '/v2/../v2/pause/..',
    '/v2/notifications/..%2f..%2fetc%2fpasswd',
    '/v2/notifications/%00',
    '/v2/guests/%2e%2e',
    '/v2/monitors/%c0%ae%c0%ae',
    '/v2/monitors/a%0d%0aset-cookie:x=y',
    `/v2/monitors/${'x'.repeat(2000)}`,
    '/v2/notifications?cursor=1%20or%201=1',
    '/v2/notifications?status=new%27%3b--',
    '/v2/notifications?instance=%00',
    '/v2/notifications?instance=%ff%fe',
    '/v2/notifications?limit=9999999999999999999',
    '/v2/notifications?since=yesterday',
    '/v2/notifications?__proto__[x]=1',
    `/v2/notifications?${'status=new&'.repeat(20)}`,
    '/v2/%zz',
    '//v2/pause',
    '/V2/PAUSE',
  ])('like %s harms nobody', async path => {
    const sent = await send('GET', path);
    expect([200, 400, 404, 405, 414]).toContain(sent.status);
    if (sent.status >= 400) expect(JSON.parse(sent.text)).toHaveProperty('error.code');
    expect(sent.headers.get('set-cookie')).toBeNull();
    expect(sent.text).not.toContain('root:');
  });

  it('that exists for another method is answered with the methods it has', async () => {
    const sent = await send('DELETE', '/v2/notifications');
    expectRefusal(sent, 405, 'method-not-allowed');
    expect(sent.headers.get('allow')).toBe('POST, GET');
  });
});

describe('a header', () => {
  it('with an id in the usual form is kept as the id of the request, and no other', async () => {
    const id = 'req-0123abcd-0000-4000-8000-0123456789ab';
    const kept = await send('GET', '/v2/pause', { headers: { 'x-openstack-request-id': id } });
    expect(kept.headers.get('x-openstack-request-id')).toBe(id);
    for (const wrong of ['req-1', `${id}x`, 'x'.repeat(500), '<script>', '{"a":1}']) {
      const sent = await send('GET', '/v2/pause', { headers: { 'x-openstack-request-id': wrong } });
      expect(sent.headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/);
      expect(api.logged()).not.toContain(JSON.stringify(wrong));
    }
  });

  it('cannot be put into the answer', async () => {
    const text = await raw(
      'GET /v2/pause HTTP/1.1\r\nhost: x\r\nx-openstack-request-id: a\r\n set-cookie: b\r\nconnection: close\r\n\r\n',
    );
    expect(text.toLowerCase()).not.toContain('set-cookie');
  });

  it('above 16 KiB is refused', async () => {
    const text = await raw(`GET /v2/pause HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text).toContain('"code":"too-large"');
  });

  it('may not smuggle a second request', async () => {
    const text = await raw(
      'POST /v2/pause HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v2/whoami HTTP/1.1\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).not.toContain('"scope"');
  });

  it('from a proxy on this machine tells whom it asks for, and is believed', async () => {
    await send('PUT', '/v2/pause', { body: '{}', headers: { 'x-forwarded-for': '192.0.2.7' } });
    expect(api.logged()).toContain('"from":"192.0.2.7"');
  });
});

describe('a connection', () => {
  it('that does not speak HTTP is told so and closed', async () => {
    expect(await raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw('HELO example.org\r\n\r\n')).toMatch(/"code":"invalid-request"/);
  });

  it('that is given up half-way leaves the service as it was', async () => {
    for (let turn = 0; turn < 50; turn += 1) {
      void raw('POST /v2/notifications HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', {
        written: socket => setImmediate(() => socket.destroy()),
      }).catch(() => {});
    }
    expect((await send('GET', '/v2/pause')).status).toBe(200);
  });
});
