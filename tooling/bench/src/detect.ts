import type { Stack } from '@instance-ha/e2e';
import { eventually } from '@instance-ha/e2e';
import type { Fault, GuestOptions, LabHost } from '@instance-ha/lab';
import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import { withLabStack } from './lab-stack.ts';
import { type Bench, summarize } from './measurement.ts';

/** When libvirt tells a bare client that the guest is gone: `performance.now()`. */
async function bareEvent(
  host: LabHost,
  uuid: string,
): Promise<{ at: Promise<number>; close(): Promise<void> }> {
  const connection = await connectLibvirt({ uri: host.uri });
  const { promise, resolve } = Promise.withResolvers<number>();
  const registration = await connection.onEvent(['lifecycle'], event => {
    if (event.domain.uuid === uuid && event.type === 'lifecycle' && (event.event === 5 || event.event === 8))
      resolve(performance.now());
  });
  return {
    at: promise,
    close: async () => {
      await registration.dispose();
      await connection.close();
    },
  };
}

type Sample = { committedMs: number; eventMs: number };

/** One fault: from its instant to the row's `acceptedAt`, and to the bare event beside it. */
async function sample(
  stack: Stack,
  host: LabHost,
  fault: Fault,
  options: GuestOptions,
  index: number,
): Promise<Sample> {
  const guest = await stack.guest(host, `detect-${index}`, options);
  const bare = await bareEvent(host, guest.uuid);
  try {
    const { atMs, atEpochMs } = await guest.fault(fault);
    const eventMs = (await bare.at) - atMs;
    const { notification } = await stack.untilEnded(guest);
    return { committedMs: Date.parse(notification.acceptedAt) - atEpochMs, eventMs };
  } finally {
    await bare.close();
    await guest.remove();
  }
}

const eventBench = (name: string, fault: Fault, target: string, about: string): Bench => ({
  about,
  run: async function* ({ say, effort }) {
    const n = Math.max(3, Math.round(20 * effort));
    const samples = await withLabStack({ host: 'bench-1', say }, async ({ stack, host }) => {
      const all: Sample[] = [];
      for (let index = 0; index < n; index += 1) {
        all.push(await sample(stack, host, fault, {}, index));
        say(
          `${name} ${index + 1} of ${n}: ${all.at(-1)?.committedMs.toFixed(0)} ms, event ${all.at(-1)?.eventMs.toFixed(1)} ms`,
        );
      }
      return all;
    });
    const conditions = {
      guest: 'real, TCG, 128 MiB',
      floor: 'fault to lifecycle event at a bare client',
      fault,
    };
    yield summarize(
      { name, unit: 'ms', target, conditions },
      samples.map(one => one.committedMs),
      samples.map(one => one.eventMs),
    );
  },
});

export const detectKill = eventBench(
  'detect-kill',
  'qemu-kill',
  'p50 <= 60 ms',
  'QEMU SIGKILL to row committed',
);
export const detectPanic = eventBench(
  'detect-panic',
  'panic',
  'p50 <= 150 ms',
  'kernel panic to row committed',
);

/** A frozen QEMU, found by missed heartbeats: with CPU progress as the second sign, and without it. */
export const detectHang: Bench = {
  about: 'QEMU frozen to row committed, interval 1 s, threshold 2; with and without the second sign',
  run: async function* ({ say, effort }) {
    const n = Math.max(2, Math.round(5 * effort));
    for (const secondSign of [true, false]) {
      const env = { OS_MONITOR__SECOND_SIGN: String(secondSign) };
      const samples = await withLabStack({ host: 'bench-2', env, say }, async ({ stack, host }) => {
        const all: number[] = [];
        for (let index = 0; index < n; index += 1) {
          const guest = await stack.guest(host, `hang-${index}`);
          const { atEpochMs } = await guest.fault('qemu-stop');
          await eventually(
            'the hang is reported',
            60_000,
            async () => (await stack.notifications(guest)).length > 0,
          );
          const [notification] = await stack.notifications(guest);
          all.push(Date.parse(notification?.acceptedAt ?? '') - atEpochMs);
          say(`detect-hang (second sign ${secondSign}) ${index + 1} of ${n}: ${all.at(-1)} ms`);
          await stack.untilEnded(guest);
          await guest.remove();
        }
        return all;
      });
      const conditions = { secondSign, checkIntervalMs: 1000, failureThreshold: 2, pingTimeoutMs: 1000 };
      yield summarize({ name: 'detect-hang', unit: 'ms', target: '<= 8000 ms', conditions }, samples);
    }
  },
};
