import type { LabGuest, LabHost } from '@instance-ha/lab';
import { realLabOrSkip } from '@instance-ha/lab/fixture';
import { afterAll, beforeAll, expect, onTestFailed } from 'vitest';
import { Stack } from './stack.ts';

/** The lab of this test file; `real.skip` says why there can be none. */
export const real = await realLabOrSkip();

/** A stack on lab hosts for all tests of a file. */
export type Ground = { stack: Stack; hosts: LabHost[]; host: LabHost };

/** Brings up hosts and stack before the first test of the file and takes them down after the last. */
export function useStack(
  hostNames: readonly string[],
  options: { env?: Record<string, string>; workers?: number } = {},
): Ground {
  const ground = {} as Ground;
  beforeAll(async () => {
    if (real.skip) return;
    ground.hosts = [];
    for (const name of hostNames) ground.hosts.push(await real.lab.host(name));
    ground.host = ground.hosts[0] as LabHost;
    ground.stack = await Stack.start(ground.hosts, options);
  });
  afterAll(async () => {
    await ground.stack?.stop();
    if (!real.skip) await real.lab.down();
  });
  return ground;
}

/** Shows what every process, and the guest's console, said when the running test fails. */
export function tellOnFailure(ground: Ground, guest: () => LabGuest | undefined = () => undefined): void {
  onTestFailed(async () => {
    console.error(ground.stack.logs());
    const about = guest();
    if (about)
      console.error(`── guest ${about.name}: ${JSON.stringify(await about.state())}\n${about.consoleTail()}`);
  });
}

/** One notification, `finished`, and the guest alive again. `fault` is what the verdict must say. */
export async function expectRecovered(
  ground: Ground,
  guest: LabGuest,
  expected: { fault: string | RegExp; restarted: boolean },
): Promise<void> {
  const { notification, journal } = await ground.stack.untilEnded(guest);
  expect(notification.message, notification.message ?? '').toBeTruthy();
  expect(`${notification.status}: ${notification.message}`).toMatch(/^finished/);
  expect(notification.payload.type === 'COMPUTE_INSTANCE' && notification.payload.fault).toMatch(
    expected.fault,
  );
  expect(notification.evidence?.rule).toBeTruthy();
  expect(notification.evidence?.inputs.length).toBeGreaterThan(0);
  const restarts = new Set(journal.flatMap(({ event }) => actOn(event)));
  expect(restarts.size, JSON.stringify(journal)).toBe(expected.restarted ? 1 : 0);
  await ground.stack.untilPhase(guest, 'alive');
  expect((await guest.state()).state).toBe('running');
  expect(await guest.ping()).toBe(true);
  expect(await ground.stack.notifications(guest)).toHaveLength(1);
}

/**
 * The failed life an act gave a new one for, and the attempt it was. Whoever takes a recovery over looks, and writes down
 * again what its predecessor had only meant to do: that is one act, whose start libvirt's own log counts.
 */
function actOn(event: unknown): string[] {
  const { type, act, life, attempt } = event as Record<string, unknown>;
  return type === 'act-begun' && (act === 'start' || act === 'hard-reboot')
    ? [JSON.stringify([act, life, attempt])]
    : [];
}

/** Nothing was filed for the guest. Called once the monitor has seen the whole of it. */
export async function expectNothing(ground: Ground, guest: LabGuest): Promise<void> {
  expect(
    (await ground.stack.notifications(guest)).map(({ payload, message }) => ({ payload, message })),
  ).toEqual([]);
}
