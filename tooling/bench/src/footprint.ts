import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type Stack } from '@instance-ha/e2e';
import { crowd, heard, withCrowd } from './crowd.ts';
import { withLabStack } from './lab-stack.ts';
import { type Bench, type Measurement, summarize } from './measurement.ts';
import { processUsage } from './process-usage.ts';

const guests = 24;
const watchSeconds = 30;
const targets = { monitor: '<= 100 MiB', api: '<= 120 MiB', worker: '<= 100 MiB' };

/** Resident memory of each of our processes, each second, beside a Node.js that does nothing. */
async function watchMemory(
  stack: Stack,
  { host, conditions }: { host: string; conditions: Measurement['conditions'] },
): Promise<Measurement[]> {
  const pids = {
    monitor: stack.monitor(host).pid,
    api: stack.apiService.pid,
    worker: stack.workers[0]?.pid ?? 0,
  };
  const samples: Record<keyof typeof pids, number[]> = { monitor: [], api: [], worker: [] };
  const floors: number[] = [];
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    for (let second = 0; second < watchSeconds; second += 1) {
      await delay(1000);
      for (const service of ['monitor', 'api', 'worker'] as const)
        samples[service].push(processUsage(pids[service]).rssMiB);
      floors.push(processUsage(bare.pid ?? 0).rssMiB);
    }
  } finally {
    bare.kill();
  }
  return (['monitor', 'api', 'worker'] as const).map(service =>
    summarize(
      {
        name: `footprint-${service}`,
        unit: 'MiB',
        target: targets[service],
        conditions: {
          guests,
          build: 'as published',
          ...conditions,
          ownMiB: Math.round(processUsage(pids[service]).ownMiB),
          floor: 'the same Node.js, idle',
        },
      },
      samples[service],
      floors,
    ),
  );
}

/** The guests are the fake libvirtd's: to the monitor they are the same calls and events. */
export const footprint: Bench = {
  about: `resident memory of monitor, API and worker with ${guests} guests on the fake libvirtd`,
  run: async function* ({ say }) {
    yield* await withCrowd({ guests: crowd(guests) }, async ({ stack }) => {
      await eventually('every guest is heard', 60_000, async () => (await heard(stack)) >= guests);
      say(`heard; watching for ${watchSeconds} s`);
      return watchMemory(stack, { host: 'crowd', conditions: { libvirtd: 'fake' } });
    });
  },
};

export const footprintReal: Bench = {
  about: `the same with ${guests} real guests, which take 3 GiB and minutes to boot`,
  run: async function* ({ say }) {
    const env = { OS_DEFAULT__LOG_LEVEL: 'info' };
    yield* await withLabStack({ host: 'bench-4', env, say }, async ({ stack, host }) => {
      for (let index = 0; index < guests; index += 1) {
        await stack.guest(host, `guest-${index}`);
        say(`guest ${index + 1} of ${guests} is heard`);
      }
      return watchMemory(stack, { host: host.name, conditions: { libvirtd: 'real' } });
    });
  },
};
