import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crash } from '../testing/samples.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

/** What a browser takes for it; `nosniff` refuses anything else. */
const typeOf = (tag: string): RegExp =>
  tag.startsWith('<script') ? /javascript/ : tag.includes('stylesheet') ? /text\/css/ : /^image\//;
const sourceOf = (tag: string): RegExp =>
  tag.startsWith('<script')
    ? /script-src 'self'/
    : tag.includes('stylesheet')
      ? /style-src 'self'/
      : /img-src 'self'/;

const get = (path: string, init: RequestInit = {}) => fetch(`${api.origin}${path}`, init);

describe('an address that is not loopback', () => {
  it.each(['0.0.0.0', '::'])('%s is refused, and the service ends with 1', async listen => {
    await expect(startApi({ config: { api: { listen } } })).rejects.toThrow(
      /ended with 1.*expected \[api\] listen to be loopback, found .*allow_plain_http = True/s,
    );
  });

  it('is served on where plain HTTP is allowed', async () => {
    const open = await startApi({ config: { api: { listen: '0.0.0.0', allowPlainHttp: true } } });
    try {
      expect(open.origin).toMatch(/^http:\/\/0\.0\.0\.0:/);
      expect(open.logged()).toContain('tokens travel in clear');
    } finally {
      await open.stop();
    }
  });
});

describe('what needs no token', () => {
  it('tells whether the service lives and is ready, also by HEAD', async () => {
    const { service } = api.client();
    expect((await service.health()).body).toMatchObject({ healthy: true, detail: { stopping: false } });
    expect((await service.readiness()).body).toEqual({ ready: true, detail: 'the database answers' });
    for (const path of ['/healthz', '/readyz'])
      expect((await get(path, { method: 'HEAD' })).status).toBe(200);
  });

  it('describes the API as valid OpenAPI 3.1', async () => {
    const document = (await (await get('/openapi.json')).json()) as Record<string, unknown>;
    expect(await new Validator().validate(document)).toEqual({ valid: true });
    expect(document).toMatchObject({ info: { title: 'Instance HA', version: '1.2.3' } });
  });

  it('shows the description as a page that loads nothing from elsewhere', async () => {
    const page = await get('/docs');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:/);
    const html = await page.text();
    // What stands in the page itself, the policy would refuse.
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|href="javascript:/i);
    const links = [...html.matchAll(/<(script|link|img)\b[^>]*?\b(?:src|href)="([^"]+)"/g)];
    expect(links.length).toBeGreaterThan(3);
    for (const [tag, , link = ''] of links) {
      expect(link).toMatch(/^\/docs\//);
      const file = await get(link);
      expect(file.status, link).toBe(200);
      expect(file.headers.get('content-type'), link).toMatch(typeOf(tag));
      expect(policy, tag).toMatch(sourceOf(tag));
      // Sheets may name further files: none but what they hold themselves, as the policy has it.
      if (link.endsWith('.css'))
        for (const [, target = ''] of (await file.text()).matchAll(/url\((['"]?[^)]{0,80})/g))
          expect(target).toMatch(/^['"]?data:image\//);
    }
    expect(policy).toMatch(/img-src 'self' data:/);
    expect(policy).toMatch(/connect-src 'self'/);
    const initializer = await (await get('/docs/static/swagger-initializer.js')).text();
    expect(initializer).toContain('"validatorUrl":null');
    expect(initializer.replaceAll(/\/\/ .*/g, '')).not.toMatch(/https?:/);
    const document = await get('/docs/json');
    expect((await document.json()) as object).toMatchObject({ openapi: '3.1.0' });
  });
});

describe('the metrics', () => {
  const lines = async () => (await (await get('/metrics')).text()).split('\n');

  it('count from zero, requests by route and class and notifications by what became of them', async () => {
    const before = await lines();
    expect(before).toContain('vmha_notifications_filed_total{type="COMPUTE_INSTANCE",result="duplicate"} 0');
    expect(before).toContain('vmha_http_requests_total{route="/v2/notifications",status="2xx"} 0');
    const { v2 } = api.client();
    await v2.notifications.create({ body: crash() });
    await v2.notifications.create({ body: crash() });
    await v2.notifications.get({ params: { uuid: 'aaaaaaaa-0000-4000-8000-ffffffffffff' } }).catch(() => {});
    await get('/nowhere');
    const after = await lines();
    expect(after).toContain('vmha_notifications_filed_total{type="COMPUTE_INSTANCE",result="stored"} 1');
    expect(after).toContain('vmha_notifications_filed_total{type="COMPUTE_INSTANCE",result="duplicate"} 1');
    expect(after).toContain('vmha_http_requests_total{route="/v2/notifications",status="2xx"} 2');
    expect(after).toContain('vmha_http_requests_total{route="/v2/notifications/:uuid",status="4xx"} 1');
    expect(after).toContain('vmha_http_requests_total{route="other",status="4xx"} 1');
    expect(after).toContain('vmha_http_request_duration_seconds_count{route="/v2/notifications"} 2');
    expect(after.find(line => line.startsWith('nodejs_eventloop_lag_p99_seconds '))).toBeDefined();
  });

  it('hold no guest and no host', async () => {
    expect((await lines()).join('\n')).not.toMatch(/aaaaaaaa-0000|test-host/);
  });
});

describe('the log', () => {
  it('has one line for each change, with who asked and under which id', async () => {
    const { headers } = await api.client().v2.pause.set({ body: { reason: 'r', forMs: 1000 } });
    const line = api
      .logged()
      .split('\n')
      .find(
        one => one.includes('"msg":"request"') && one.includes(headers.get('x-openstack-request-id') ?? '?'),
      );
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'info',
      method: 'PUT',
      path: '/v2/pause',
      status: 200,
      as: 'admin',
      from: '127.0.0.1',
    });
  });
});
