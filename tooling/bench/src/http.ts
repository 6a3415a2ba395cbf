import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from '@instance-ha/e2e';
import type { FiledNotification } from '@instance-ha/ports';
import { type Call, load } from './load.ts';
import { type Bench, type BenchContext, type Measurement, summarize } from './measurement.ts';
import { familyCpuSeconds, processUsage } from './process-usage.ts';
import { storeRows } from './stored-rows.ts';

const connections = 4;
const warmUpSeconds = 3;
/** The service and the bare server take turns. */
const turns = 3;

/** One crash of one guest of a hundred hosts. */
export function crash(index: number, incidentKey: string): FiledNotification {
  const at = new Date().toISOString();
  return {
    incidentKey,
    host: `host-${index % 100}`,
    faultAt: at,
    detectedAt: at,
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid: randomUUID(),
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
  };
}

/** What a service was asked, and what it and those beside it needed for it. */
export type Measure = (options: {
  name: string;
  target: string;
  okStatus: number[];
  next: () => Call;
  conditions?: Measurement['conditions'];
}) => Promise<Measurement>;

type BareServer = { child: ChildProcess; origin: string };

async function startBareServer(url: string): Promise<BareServer> {
  const file = fileURLToPath(new URL('bare-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, origin: `http://127.0.0.1:${String(port).trim()}` };
}

/** What a bench over HTTP works with; `store` files that many rows more, each as `make` says. */
export type RowGround = {
  stack: Stack;
  measure: Measure;
  store: (count: number, make: (index: number, key: string) => FiledNotification) => Promise<void>;
};

/** API with its PostgreSQL and so many rows; no worker, so that nothing but the calls moves them. */
export async function withRows<T>(
  context: BenchContext,
  rows: number,
  work: (ground: RowGround) => Promise<T>,
): Promise<T> {
  const stack = await Stack.start([], {
    workers: 0,
    built: true,
    env: { OS_API__RATE_LIMIT: '0', OS_DEFAULT__LOG_LEVEL: 'warn' },
  });
  try {
    const { origin } = stack;
    const token = readFileSync(join(stack.folder, 'tokens', 'admin.token'), 'utf8').trim();
    let storedRows = 0;
    const store: RowGround['store'] = async (count, make) => {
      context.say(`storing ${count} rows`);
      await storeRows(stack.folder, { count, make });
      storedRows += count;
    };
    const server = await storeRows(stack.folder, { count: 0, make: crash });
    await store(rows, crash);
    const bare = await startBareServer(server.url);
    const usage = () => ({
      apiCores: processUsage(stack.apiService.pid).cpuSeconds,
      postgresCores: familyCpuSeconds(server.pid),
      clientCores: processUsage(process.pid).cpuSeconds,
    });
    const seconds = 5 * context.effort;
    try {
      const measure: Measure = async ({ name, target, okStatus, next, conditions }) => {
        context.say(name);
        const call = { token, connections, okStatus, next };
        await load({ ...call, origin, seconds: warmUpSeconds });
        await load({ ...call, origin: bare.origin, okStatus: [200], seconds: warmUpSeconds });
        const used = { apiCores: 0, postgresCores: 0, clientCores: 0 };
        const samples: number[] = [];
        const floors: number[] = [];
        for (let turn = 0; turn < turns; turn += 1) {
          const before = usage();
          samples.push(...(await load({ ...call, origin, seconds })).samples);
          const after = usage();
          for (const who of ['apiCores', 'postgresCores', 'clientCores'] as const)
            used[who] += (after[who] - before[who]) / seconds / turns;
          floors.push(...(await load({ ...call, origin: bare.origin, okStatus: [200], seconds })).samples);
        }
        const cores = Object.entries(used).map(([who, share]) => [who, Number(share.toFixed(2))]);
        return summarize(
          {
            name,
            unit: 'ms',
            rate: samples.length / seconds / turns,
            target,
            conditions: {
              connections,
              storedRows,
              seconds: seconds * turns,
              client: 'on the same two cores',
              ...conditions,
              floor: 'node:http and one prepared statement, nothing else',
              floorRate: Math.round(floors.length / seconds / turns),
              ...Object.fromEntries(cores),
              apiRssMiB: Math.round(processUsage(stack.apiService.pid).rssMiB),
            },
          },
          samples,
          floors,
        );
      };
      return await work({ stack, measure, store });
    } finally {
      bare.child.kill();
    }
  } finally {
    await stack.stop();
  }
}

const manyRows = 100_000;

export const ingest: Bench = {
  about: 'POST /v2/notifications over 4 connections with 100,000 rows stored: all new, all duplicates',
  run: async function* (context) {
    const target = 'rate >= 500/s, p99 <= 30 ms';
    const post = (body: string): Call => ({ method: 'POST', path: '/v2/notifications', body });
    let index = 0;
    const fresh = () => JSON.stringify(crash(index++, randomUUID()));
    const known = Array.from({ length: 1000 }, fresh);
    yield* await withRows(context, manyRows, async ({ measure }) => [
      await measure({ name: 'ingest-new', target, okStatus: [201], next: () => post(fresh()) }),
      // The first round of them, during the warming up, stores them.
      await measure({
        name: 'ingest-duplicates',
        target,
        okStatus: [200, 201],
        next: () => post(known[index++ % known.length] ?? ''),
      }),
    ]);
  },
};

export const list: Bench = {
  about: 'GET /v2/notifications with a filter over 4 connections on 100,000 rows',
  run: async function* (context) {
    const target = 'rate >= 2000/s, p99 <= 20 ms';
    const any = (count: number): number => Math.floor(Math.random() * count);
    const filters = {
      'list-host': () => `host=host-${any(100)}`,
      'list-status': () => 'status=new',
      'list-instance': () => `instance=guest-${any(10_000)}`,
    };
    yield* await withRows(context, manyRows, async ({ measure }) => {
      const all = [];
      for (const [name, filter] of Object.entries(filters)) {
        const next = (): Call => ({ method: 'GET', path: `/v2/notifications?${filter()}&limit=20` });
        all.push(await measure({ name, target, okStatus: [200], next, conditions: { limit: 20 } }));
      }
      return all;
    });
  },
};
