import type { NotificationDetail } from '@instance-ha/contracts';
import type { ApiClient } from '@instance-ha/contracts/client';
import type { Ground } from './lab-ground.ts';
import { untilTrue } from './until.ts';

type Say = (line: string) => void;

/** Waits until the monitor has heard every guest. */
export async function untilHeard(
  api: ApiClient,
  ground: Ground,
  say: Say,
  signal: AbortSignal,
): Promise<void> {
  const heard = new Set<string>();
  await untilTrue('every guest answering', { timeoutMs: 180_000, everyMs: 250, signal }, async () => {
    const { body } = await api.v2.guests.list({ query: { limit: 1000 }, signal });
    for (const guest of body.guests) {
      if (guest.phase !== 'alive' || heard.has(guest.instanceUuid)) continue;
      heard.add(guest.instanceUuid);
      say(`guest ${guest.instanceName} is alive: ${guest.why}`);
    }
    return ground.guests.every(guest => heard.has(guest.uuid));
  });
}

/** Crashes a guest and tells what happens while it happens; resolves to whether it ended well. */
export async function demonstrate(
  api: ApiClient,
  ground: Ground,
  say: Say,
  signal: AbortSignal,
): Promise<boolean> {
  if (!ground.crash) return true;
  const crashed = ground.guests[0];
  say('');
  say('Now a guest crashes. What the product does about it, with the time since the fault:');
  const { what, atEpochMs } = await ground.crash();
  tell(say, 0, 'fault', what);
  const told = new Set<string>(['fault']);
  let last: NotificationDetail | undefined;
  await untilTrue('the end of the recovery', { timeoutMs: 180_000, everyMs: 50, signal }, async () => {
    const { body } = await api.v2.notifications.list({
      query: { limit: 10, ...(crashed && { instance: crashed.uuid }) },
      signal,
    });
    const found = body.notifications.find(
      notification => Date.parse(notification.acceptedAt) >= atEpochMs - 1000,
    );
    if (!found) return false;
    last = (await api.v2.notifications.get({ params: { uuid: found.uuid }, signal })).body;
    for (const { phase, at, detail } of last.timeline) {
      if (told.has(phase)) continue;
      told.add(phase);
      tell(say, Date.parse(at) - atEpochMs, phase, detail ?? '');
    }
    return last.notification.endedAt !== null;
  });
  const { notification } = last as NotificationDetail;
  say(`The notification ${notification.uuid} is ${notification.status}: ${notification.message ?? ''}`);
  return notification.status === 'finished';
}

function tell(say: Say, offsetMs: number, phase: string, detail: string): void {
  say(`  ${`+${(offsetMs / 1000).toFixed(3)} s`.padStart(11)}  ${phase.padEnd(15)}  ${detail}`.trimEnd());
}
