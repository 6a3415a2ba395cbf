import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, Stack } from '@instance-ha/e2e';
import {
  createFakeLibvirtd,
  type FakeAgentAnswer,
  type FakeGuestSpec,
  type FakeLibvirtd,
} from '@instance-ha/libvirt-rpc/fake-server';
import { type Bench, type BenchContext, summarize } from './measurement.ts';
import { processUsage } from './process-usage.ts';

const metricsPort = 15_979;

/** The real monitor, API, worker and PostgreSQL as processes; libvirtd and its guests are the fake one, in this process. */
export async function withCrowd<T>(
  options: { guests: FakeGuestSpec[]; env?: Record<string, string> },
  work: (ground: { daemon: FakeLibvirtd; stack: Stack }) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'iha-crowd-'));
  const socket = join(folder, 'libvirt-sock');
  const daemon = createFakeLibvirtd({ hostname: 'crowd', guests: options.guests });
  await daemon.listen(socket);
  try {
    const host = { name: 'crowd', uri: `qemu+unix:///system?socket=${encodeURI(socket)}` };
    const env = {
      OS_MONITOR__METRICS_PORT: String(metricsPort),
      OS_DEFAULT__MODE: 'observe',
      OS_DEFAULT__LOG_LEVEL: 'info',
      ...options.env,
    };
    const stack = await Stack.start([host], { env, built: true });
    try {
      return await work({ daemon, stack });
    } finally {
      await stack.stop();
    }
  } finally {
    await daemon.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const crowd = (count: number, hungShare = 0): FakeGuestSpec[] =>
  Array.from(
    { length: count },
    (_, index) =>
      ({
        name: `guest-${index}`,
        agent: index < count * hungShare ? 'hung' : 'answers',
      }) satisfies FakeGuestSpec,
  );

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const lines = page.split('\n').filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  if (lines.length === 0) throw new Error(`the monitor has no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

export const heard = async (stack: Stack): Promise<number> =>
  (await stack.api.v2.monitors.list()).body.monitors[0]?.guestsByPhase.alive ?? 0;

/** Gaps between two asks of the same healthy guest, by the fake daemon's own record of what it was asked. */
export const sweep: Bench = {
  about:
    '1,000 guests on the fake libvirtd, 10 % of them hung, 30 s interval: gaps between asks of healthy guests, CPU, loop delay',
  run: async function* ({ say, effort }: BenchContext) {
    const intervalMs = 30_000;
    const rounds = Math.max(3, Math.round(4 * effort));
    const asks = new Map<string, number[]>();
    const guests = crowd(1000).map((spec, index) => ({
      ...spec,
      agent: (): FakeAgentAnswer => {
        const seen = asks.get(spec.name) ?? [];
        seen.push(performance.now());
        asks.set(spec.name, seen);
        return index < 100 && seen.length > 1 ? 'no-answer' : { return: {} };
      },
    }));
    const env = {
      OS_DEFAULT__INSTANCE_CHECK_INTERVAL: String(intervalMs / 1000),
      OS_MONITOR__PING_TIMEOUT: '5',
      OS_MONITOR__HOST_SUSPECT_RATIO: '0.5',
    };
    const result = await withCrowd({ guests, env }, async ({ stack }) => {
      await eventually('900 guests are heard', 120_000, async () => (await heard(stack)) >= 900);
      say(`heard; measuring ${rounds} intervals`);
      const { pid } = stack.monitor('crowd');
      const beginMs = performance.now();
      const before = processUsage(pid);
      await delay(rounds * intervalMs);
      const after = processUsage(pid);
      const seconds = (performance.now() - beginMs) / 1000;
      const gaps = [...asks]
        .filter(([name]) => Number(name.split('-')[1]) >= 100)
        .flatMap(([, times]) =>
          times
            .filter(at => at >= beginMs - intervalMs)
            .map((at, index, all) => (index === 0 ? Number.NaN : at - (all[index - 1] ?? 0))),
        )
        .filter(gap => !Number.isNaN(gap));
      return {
        gaps,
        cores: (after.cpuSeconds - before.cpuSeconds) / seconds,
        loopMs: (await metric('nodejs_eventloop_lag_p99_seconds')) * 1000,
      };
    });
    const conditions = { guests: 1000, hung: 100, intervalMs, rounds };
    yield summarize({ name: 'sweep-gap', unit: 'ms', target: 'max <= 33000 ms', conditions }, result.gaps);
    yield summarize({ name: 'sweep-cpu', unit: 'cores', target: '<= 0.15', conditions }, [result.cores]);
    yield summarize({ name: 'sweep-loop-p99', unit: 'ms', target: '<= 20 ms', conditions }, [result.loopMs]);
  },
};

/** All guests die at the same moment: until the monitor has decided about every one, and until every row is stored. */
export const burst: Bench = {
  about: '1,000 guests die at once on the fake libvirtd: all decided, none lost',
  run: async function* ({ say }: BenchContext) {
    const count = 1000;
    const result = await withCrowd(
      { guests: crowd(count), env: { OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '5' } },
      async ({ daemon, stack }) => {
        await eventually('every guest is heard', 180_000, async () => (await heard(stack)) >= count);
        say('heard; all guests die now');
        const beginMs = performance.now();
        for (const guest of daemon.guests.values()) daemon.inflict(guest.uuid, 'qemu-killed');
        let decidedMs = Number.NaN;
        await eventually('all are decided', 60_000, async () => {
          const decided = await metric('vmha_detections_total');
          if (decided >= count) decidedMs = performance.now() - beginMs;
          return decided >= count;
        });
        await eventually('all are delivered', 120_000, async () => {
          const waiting = await metric('vmha_spool_depth');
          return waiting === 0 && (await metric('vmha_deliveries_total')) >= count;
        });
        const storedMs = performance.now() - beginMs;
        const stored = await countNotifications(stack);
        return { decidedMs, storedMs, stored };
      },
    );
    const conditions = { guests: count, decidedResolutionMs: 100 };
    yield summarize({ name: 'burst-decided', unit: 'ms', target: '<= 1000 ms', conditions }, [
      result.decidedMs,
    ]);
    yield summarize({ name: 'burst-stored', unit: 'ms', conditions }, [result.storedMs]);
    yield summarize({ name: 'burst-lost', unit: 'count', target: '0', conditions }, [count - result.stored]);
  },
};

async function countNotifications(stack: Stack): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const { body } = await stack.api.v2.notifications.list({
      query: { limit: 1000, ...(cursor && { cursor }) },
    });
    count += body.notifications.length;
    cursor = body.nextCursor ?? undefined;
  } while (cursor);
  return count;
}
