import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from '@instance-ha/e2e';
import { Client } from 'undici';
import { type Bench, type BenchContext, summarize } from './measurement.ts';

/** Rows there are before anything is measured. */
const storedRows = 100_000;
const connections = 4;

type Call = { method: 'GET' | 'POST'; path: string; body?: string };

/** Four connections, each one call after the other, for a while; every answer must be of `okStatus`. */
async function load(options: {
  origin: string;
  token: string;
  seconds: number;
  okStatus: number[];
  next: () => Call;
}): Promise<{ samples: number[]; rate: number }> {
  const samples: number[] = [];
  const beginMs = performance.now();
  const endMs = beginMs + options.seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client(options.origin);
      while (performance.now() < endMs) {
        const { method, path, body } = options.next();
        const startMs = performance.now();
        const response = await client.request({
          method,
          path,
          headers: {
            authorization: `Bearer ${options.token}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
        });
        const text = await response.body.text();
        samples.push(performance.now() - startMs);
        if (!options.okStatus.includes(response.statusCode))
          throw new Error(`${method} ${path} answered ${response.statusCode}: ${text.slice(0, 300)}`);
      }
      await client.close();
    }),
  );
  return { samples, rate: samples.length / ((performance.now() - beginMs) / 1000) };
}

function filed(index: number, key: string): string {
  const instanceUuid = randomUUID();
  const at = new Date().toISOString();
  return JSON.stringify({
    incidentKey: key,
    host: `host-${index % 100}`,
    faultAt: at,
    detectedAt: at,
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName: `guest-${index % 10_000}`,
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: true,
      boot: '1@0',
      domainId: 1,
      libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
    },
    evidence: {
      rule: 'stopped-failed',
      summary: 'QEMU ended without being asked.',
      inputs: [{ signal: 'lifecycle', value: 'stopped/failed', ageMs: 0 }],
      policy: { failureThreshold: 3 },
    },
  });
}

/** API with its PostgreSQL and 100,000 rows; no worker, so that nothing but the calls moves them. */
async function withRows<T>(
  context: BenchContext,
  work: (ground: { origin: string; token: string }) => Promise<T>,
): Promise<T> {
  const stack = await Stack.start([], {
    workers: 0,
    env: { OS_API__RATE_LIMIT: '0', OS_DEFAULT__LOG_LEVEL: 'warn' },
  });
  try {
    const origin = stack.origin;
    const token = readFileSync(join(stack.folder, 'tokens', 'admin.token'), 'utf8').trim();
    context.say(`storing ${storedRows} rows`);
    let index = 0;
    while (index < storedRows) {
      await load({
        origin,
        token,
        seconds: 10,
        okStatus: [201],
        next: () => ({ method: 'POST', path: '/v2/notifications', body: filed(index++, randomUUID()) }),
      });
      context.say(`  ${index}`);
    }
    return await work({ origin, token });
  } finally {
    await stack.stop();
  }
}

export const ingest: Bench = {
  about: 'POST /v2/notifications over 4 connections with 100,000 rows stored: all new, all duplicates',
  run: async function* (context) {
    const seconds = 15 * context.effort;
    const { fresh, again } = await withRows(context, async ({ origin, token }) => {
      const known = Array.from({ length: 1000 }, (_, index) => filed(index, randomUUID()));
      let index = 0;
      const fresh = await load({
        origin,
        token,
        seconds,
        okStatus: [201],
        next: () => ({ method: 'POST', path: '/v2/notifications', body: filed(index++, randomUUID()) }),
      });
      for (const body of known)
        await load({
          origin,
          token,
          seconds: 0.000001,
          okStatus: [200, 201],
          next: () => ({ method: 'POST', path: '/v2/notifications', body }),
        });
      const again = await load({
        origin,
        token,
        seconds,
        okStatus: [200],
        next: () => ({
          method: 'POST',
          path: '/v2/notifications',
          body: known[index++ % known.length] ?? '',
        }),
      });
      return { fresh, again };
    });
    const conditions = { connections, storedRows, seconds, client: 'same two cores' };
    yield summarize(
      { name: 'ingest-new', unit: 'ms', rate: fresh.rate, target: 'rate >= 500/s, p99 <= 30 ms', conditions },
      fresh.samples,
    );
    yield summarize(
      {
        name: 'ingest-duplicates',
        unit: 'ms',
        rate: again.rate,
        target: 'rate >= 500/s, p99 <= 30 ms',
        conditions,
      },
      again.samples,
    );
  },
};

export const list: Bench = {
  about: 'GET /v2/notifications with a filter over 4 connections on 100,000 rows',
  run: async function* (context) {
    const seconds = 15 * context.effort;
    const paths = {
      'list-host': () => `/v2/notifications?host=host-${Math.floor(Math.random() * 100)}&limit=20`,
      'list-status': () => '/v2/notifications?status=new&limit=20',
      'list-instance': () =>
        `/v2/notifications?instance=guest-${Math.floor(Math.random() * 10_000)}&limit=20`,
    };
    const results = await withRows(context, async ({ origin, token }) => {
      const all = [];
      for (const [name, path] of Object.entries(paths)) {
        all.push({
          name,
          ...(await load({
            origin,
            token,
            seconds,
            okStatus: [200],
            next: () => ({ method: 'GET', path: path() }),
          })),
        });
      }
      return all;
    });
    const conditions = { connections, storedRows, seconds, limit: 20, client: 'same two cores' };
    for (const { name, samples, rate } of results) {
      yield summarize(
        { name, unit: 'ms', rate, target: 'rate >= 2000/s, p99 <= 20 ms', conditions },
        samples,
      );
    }
  },
};
