import { readFileSync } from 'node:fs';
import { type ClientRequest, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildConsole, ensureChromium, filesOf, launchChromium, visit } from '@instance-ha/browser';
import type { ApiClient } from '@instance-ha/contracts/client';
import { crash, withRows } from './http.ts';
import { type Bench, type BenchContext, type Measurement, summarize } from './measurement.ts';
import { processUsage } from './process-usage.ts';

const rows = 100_000;
const consoles = 500;
/** What an open console does at most in a storm: it asks for its list so often. */
const relistMs = 4000;
const listPath = '/v2/notifications?limit=50';

type Ground = Parameters<Parameters<typeof withRows>[2]>[0];

/** Files so many notifications a second until `until` resolves. */
async function storm(api: ApiClient, perSecond: number, until: Promise<unknown>): Promise<number> {
  let filed = 0;
  let over = false;
  void until.finally(() => {
    over = true;
  });
  const startMs = performance.now();
  const filing = new Set<Promise<unknown>>();
  while (!over) {
    const dueMs = startMs + (filed * 1000) / perSecond;
    await delay(Math.max(0, dueMs - performance.now()));
    const one = api.v2.notifications.create({ body: crash(filed, `storm/${startMs}/${filed}`) });
    filed += 1;
    filing.add(one);
    void one.catch(() => {}).finally(() => filing.delete(one));
  }
  await Promise.allSettled(filing);
  return filed;
}

/** From the press of "Sign in" until the first rows stand on the page, in turn with the bare question for them. */
async function firstRows({ stack }: Ground, token: string, context: BenchContext): Promise<Measurement> {
  const browser = await launchChromium();
  const stage = { origin: stack.origin, token: () => token };
  const samples: number[] = [];
  const floors: number[] = [];
  try {
    for (let turn = 0; turn < Math.max(3, 10 * context.effort); turn += 1) {
      await using visitor = await visit(browser, stage);
      const { page } = visitor;
      await page.goto(`${stack.origin}/notifications`);
      await page.getByLabel(/^Token/).fill(token);
      const shown = page.getByRole('row').nth(20).waitFor();
      const beganMs = performance.now();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await shown;
      samples.push(performance.now() - beganMs);
      const askedMs = performance.now();
      await fetch(stack.origin + listPath, { headers: { authorization: `Bearer ${token}` } }).then(answer =>
        answer.text(),
      );
      floors.push(performance.now() - askedMs);
      context.say(`first rows ${turn + 1}: ${samples.at(-1)?.toFixed(0)} ms`);
    }
  } finally {
    await browser.close();
  }
  const conditions = { rows, floor: 'the bare question for the same 50 rows' };
  return summarize(
    { name: 'console-first-rows', unit: 'ms', target: 'p50 <= 300 ms', conditions },
    samples,
    floors,
  );
}

/** The share of a core that the page's own thread is busy, each second, while 50 notifications are filed a second. */
async function pageInStorm({ stack }: Ground, token: string, context: BenchContext): Promise<Measurement> {
  const browser = await launchChromium();
  try {
    await using visitor = await visit(browser, { origin: stack.origin, token: () => token });
    await visitor.signIn('admin', '/notifications');
    const devtools = await visitor.context.newCDPSession(visitor.page);
    await devtools.send('Performance.enable');
    const busySeconds = async (): Promise<number> => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
    };
    const samples: number[] = [];
    const watching = (async () => {
      let [busy, atMs] = [await busySeconds(), performance.now()];
      for (let second = 0; second < Math.max(5, 20 * context.effort); second += 1) {
        await delay(1000);
        const [nowBusy, nowMs] = [await busySeconds(), performance.now()];
        samples.push(((nowBusy - busy) * 1000) / (nowMs - atMs));
        [busy, atMs] = [nowBusy, nowMs];
      }
    })();
    context.say('50 events a second on an open page');
    const filed = await storm(stack.api, 50, watching);
    const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
    const conditions = { filed, eventsPerSecond: 50, mean: Number(mean.toFixed(3)) };
    return summarize({ name: 'console-page-cpu', unit: 'cores', target: 'mean <= 0.3', conditions }, samples);
  } finally {
    await browser.close();
  }
}

/** The CPU of the API while 500 consoles are open and 10 notifications are filed a second. */
async function manyConsoles({ stack }: Ground, token: string, context: BenchContext): Promise<Measurement> {
  const headers = { authorization: `Bearer ${token}` };
  let received = 0;
  const open: ClientRequest[] = [];
  const listing = new AbortController();
  for (let index = 0; index < consoles; index += 1)
    open.push(
      get(`${stack.origin}/v2/events`, { headers }, answer => {
        answer.setEncoding('utf8').on('data', (text: string) => {
          received += text.split('\ndata: ').length - 1;
        });
      }).on('error', () => {}),
    );
  await delay(2000);
  const lists = Array.from({ length: consoles }, async (_, index) => {
    await delay((relistMs * index) / consoles);
    while (!listing.signal.aborted) {
      await fetch(stack.origin + listPath, { headers })
        .then(answer => answer.text())
        .catch(() => {});
      await delay(relistMs, undefined, { signal: listing.signal }).catch(() => {});
    }
  });
  const samples: number[] = [];
  const usage = () => processUsage(stack.apiService.pid);
  const watching = (async () => {
    await delay(relistMs);
    let [used, atMs] = [usage().cpuSeconds, performance.now()];
    for (let turn = 0; turn < Math.max(3, 10 * context.effort); turn += 1) {
      await delay(2000);
      const [nowUsed, nowMs] = [usage().cpuSeconds, performance.now()];
      samples.push(((nowUsed - used) * 1000) / (nowMs - atMs));
      [used, atMs] = [nowUsed, nowMs];
    }
  })();
  context.say(`${consoles} consoles, 10 events a second`);
  const filed = await storm(stack.api, 10, watching);
  listing.abort();
  await Promise.all(lists);
  for (const one of open) one.destroy();
  if (received < 0.9 * filed * consoles)
    throw new Error(`the consoles received ${received} events of ${filed * consoles}`);
  const mean = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const conditions = {
    consoles,
    filed,
    received,
    relistMs,
    apiRssMiB: Math.round(usage().rssMiB),
    mean: Number(mean.toFixed(3)),
  };
  return summarize({ name: 'console-api-cpu', unit: 'cores', target: 'mean <= 0.5', conditions }, samples);
}

function firstPage(): Measurement {
  const files = filesOf('src/pages/notifications/notifications-page.tsx');
  const kilobytes = [...files.values()].reduce((sum, size) => sum + size, 0) / 1000;
  const conditions = { files: files.size, of: 'kB over the wire (gzip)' };
  return summarize({ name: 'console-first-page', unit: 'count', target: '<= 200', conditions }, [kilobytes]);
}

export const console_: Bench = {
  about: `the console: first rows of ${rows} after sign-in, a page in a storm, ${consoles} of them open, its first page`,
  run: async function* (context) {
    const found = await ensureChromium(context.say);
    if (found !== true) throw new Error(found);
    await buildConsole();
    yield firstPage();
    yield* await withRows(context, rows, async ground => {
      const token = readFileSync(join(ground.stack.folder, 'tokens', 'admin.token'), 'utf8').trim();
      return [
        await firstRows(ground, token, context),
        await pageInStorm(ground, token, context),
        await manyConsoles(ground, token, context),
      ];
    });
  },
};
