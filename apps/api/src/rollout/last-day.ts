import { setImmediate as turn } from 'node:timers/promises';
import type { Config } from '@instance-ha/config';
import type { LastDay } from '@instance-ha/contracts';
import type { Clock, RecordingStore } from '@instance-ha/ports';
import {
  blindSpots,
  compareOnHost,
  judgesOtherwise,
  type RecordedHost,
  type ToldGuest,
} from '@instance-ha/rollout';

const dayMs = 86_400_000;
/** What is read and judged again at most; what lies beyond is said. */
export const lastDayLimits = {
  hosts: 100,
  bytesOfAHost: 2 * 1024 * 1024,
  signals: 100_000,
  guests: 200,
} as const;

export type ChangedHost = { host: string; before: Config; after: Config };

/** What the last day would have been by another configuration; null where it judges no guest otherwise. */
export async function lastDayOf(
  hosts: readonly ChangedHost[],
  { recordings, clock }: { recordings: RecordingStore; clock: Clock },
): Promise<LastDay | null> {
  const concerned = hosts.filter(({ before, after }) => judgesOtherwise(before, after));
  if (concerned.length === 0) return null;
  const looked = concerned.slice(0, lastDayLimits.hosts);
  const since = new Date(clock.wallMs() - dayMs).toISOString();
  const told: ToldGuest[] = [];
  const judged: RecordedHost[] = [];
  let signals = 0;
  let cut = 0;
  for (const { host, before, after } of looked) {
    const found = await recordings.of(host, { since, maxBytes: lastDayLimits.bytesOfAHost });
    signals += found.recordings.reduce((sum, recording) => sum + recording.signals.length, 0);
    if (signals > lastDayLimits.signals) break;
    if (!found.complete) cut += 1;
    const recorded = { host, before, after, recordings: found.recordings };
    judged.push(recorded);
    told.push(...compareOnHost(recorded));
    await turn(); // Others are answered between two hosts.
  }
  const left = concerned.length - judged.length;
  const guests = told.sort((a, b) => Number(a.in === 'both') - Number(b.in === 'both') || a.atMs - b.atMs);
  const firstAt = Math.min(...judged.flatMap(host => host.recordings.map(({ fromAt }) => fromAt)));
  return {
    hosts: concerned.length,
    recordedSince: Number.isFinite(firstAt) ? new Date(firstAt).toISOString() : null,
    before: told.filter(one => one.in !== 'after').length,
    after: told.filter(one => one.in !== 'before').length,
    guests: guests.slice(0, lastDayLimits.guests).map(({ atMs, ...one }) => ({
      ...one,
      at: new Date(atMs).toISOString(),
    })),
    remarks: [
      ...blindSpots(judged),
      ...(left > 0 ? [`${left} of ${concerned.length} hosts were too many to be looked at.`] : []),
      ...(cut > 0
        ? [`Of ${cut} hosts only the first part of the day was looked at: too much was recorded.`]
        : []),
    ],
  };
}
