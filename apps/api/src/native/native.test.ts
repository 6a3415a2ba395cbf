import { describe, expect, it, vi } from 'vitest';
import { configurationStories } from '../testing/configuration-stories.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { inventoryStories } from '../testing/inventory-stories.ts';
import { follow, refusal, stories } from '../testing/native-stories.ts';
import { crash, report } from '../testing/samples.ts';
import { startApi, testHost } from '../testing/start-api.ts';

describe('the API on stores in memory', () => {
  it.each(
    [...stories, ...inventoryStories, ...configurationStories].map(({ name, tell }) => [name, tell] as const),
  )('%s', async (_name, tell) => {
    const api = await startApi();
    try {
      await tell(api);
    } finally {
      expect(await api.stop()).toBe(0);
    }
  });

  it('refuses pages that are larger than the operator allows', async () => {
    const api = await startApi({ config: { api: { maxPage: 5 } } });
    try {
      const { v2 } = api.client();
      for (let at = 0; at < 7; at += 1) await v2.notifications.create({ body: crash({ key: `k${at}` }) });
      expect((await v2.notifications.list()).body.notifications).toHaveLength(5);
      expect(await refusal(v2.notifications.list({ query: { limit: 6 } }))).toMatchObject({
        status: 400,
        answer: { details: [{ path: 'query.limit', expected: 'at most 5 ([api] max_page)', found: '6' }] },
      });
    } finally {
      await api.stop();
    }
  });

  it('answers 503 while the database is away, and says nothing of what is behind', async () => {
    const api = await startApi();
    try {
      const { v2, service } = api.client();
      await v2.whoami(); // The token is known from here on.
      const away = Object.assign(new Error('connection to 10.1.2.3 refused'), {
        code: 'unavailable',
        retryable: true,
      });
      (api.stores as unknown as { fail(error?: Error): void }).fail(away);
      const error = await refusal(v2.notifications.create({ body: crash() }));
      expect(error).toMatchObject({ status: 503, code: 'unavailable', retryAfterSeconds: 1 });
      expect(error.message).not.toContain('10.1.2.3');
      expect(await refusal(service.readiness())).toMatchObject({ status: 503 });
      expect((await service.health()).body.healthy).toBe(true);
      (api.stores as unknown as { fail(error?: Error): void }).fail(undefined);
      expect((await v2.notifications.create({ body: crash() })).status).toBe(201);
    } finally {
      await api.stop();
    }
  });

  it('answers 500 for a fault of its own, with nothing but the id under which the log tells it', async () => {
    const api = await startApi();
    try {
      vi.spyOn(api.stores.monitors, 'list').mockRejectedValue(new TypeError('the secret inner life'));
      const error = await refusal(api.client().v2.monitors.list());
      expect(error).toMatchObject({ status: 500, code: 'unavailable' });
      expect(error.message).not.toContain('secret inner life');
      const requestId = error.answer?.requestId ?? '';
      const line = api
        .logged()
        .split('\n')
        .find(one => one.includes(requestId) && one.includes('a request failed'));
      expect(line).toContain('the secret inner life');
    } finally {
      await api.stop();
    }
  });

  it('sends no answer that breaks the contract', async () => {
    const api = await startApi();
    try {
      vi.spyOn(api.stores.pause, 'current').mockResolvedValue({ reason: 'r', password: 'hunter2' } as never);
      const error = await refusal(api.client().v2.pause.get());
      expect(error).toMatchObject({ status: 500 });
      expect(`${error.message}`).not.toContain('hunter2');
      expect(api.logged()).toContain('an answer broke the contract and was not sent');
      expect(api.logged()).not.toContain('hunter2');
    } finally {
      await api.stop();
    }
  });

  it('takes another report interval, and another log level, while it serves', async () => {
    const clock = fakeClock();
    const earlier = await startApi();
    await earlier.stop();
    const port = Number(new URL(earlier.origin).port); // One that a file could name.
    const api = await startApi({ clock, config: { api: { port } } });
    try {
      const client = api.client();
      const params = { host: testHost };
      await client.v2.monitors.report({ params, body: report() });
      await clock.advance(31_000);
      expect((await client.v2.monitors.get({ params })).body.monitor.silent).toBe(true);
      await api.reload({
        monitor: { reportIntervalMs: 60_000 },
        log: { level: 'warn' },
        api: { port, maxPage: 7 },
      });
      expect((await client.v2.monitors.get({ params })).body.monitor.silent).toBe(false);
      expect(api.logged()).toContain(
        '"options":["api.max_page"],"msg":"these options changed and need a restart of the api to take effect"',
      );
      const before = api.logged().length;
      await client.v2.pause.clear();
      expect(api.logged().slice(before)).not.toContain('"level":"info"');
    } finally {
      await api.stop();
    }
  });

  it('shows a monitor as silent once it has missed three reports, and tells so once', async () => {
    const clock = fakeClock();
    const api = await startApi({ clock });
    try {
      const client = api.client();
      const params = { host: testHost };
      await api.client(`monitor-${testHost}`).v2.monitors.report({ params, body: report() });
      expect((await client.v2.monitors.get({ params })).body.monitor.silent).toBe(false);
      const reader = follow(api, { kinds: ['monitor'] });
      await reader.until('ready');
      await clock.advance(30_001);
      expect(await reader.until('monitor')).toMatchObject({ subject: testHost, data: { silent: true } });
      expect((await client.v2.monitors.get({ params })).body.monitor.silent).toBe(true);
      expect((await client.service.metrics()).body).toContain('vmha_monitors{state="silent"} 1');
      await clock.advance(5000);
      await api.client(`monitor-${testHost}`).v2.monitors.report({ params, body: report({ sequence: 2 }) });
      await clock.advance(5000);
      expect(await reader.until('monitor')).toMatchObject({ data: { silent: false } });
      expect((await client.service.metrics()).body).toContain('vmha_monitors{state="watching"} 1');
      expect(reader.changes()).toHaveLength(2);
      await reader.leave();
    } finally {
      await api.stop();
    }
  });
});
