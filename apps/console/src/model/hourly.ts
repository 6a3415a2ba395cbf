import type { NotificationSummary } from '@instance-ha/contracts';

const hourMs = 3_600_000;

/** Notifications of one hour. `begins` is when it began, in epoch milliseconds. */
export type Hour = { begins: number; count: number };

/** The last `hours` hours up to now, oldest first, each with how many notifications were detected in it. */
export function hourly(detectedAt: readonly string[], nowMs: number, hours = 24): Hour[] {
  const last = Math.floor(nowMs / hourMs) * hourMs;
  const counts = Array.from({ length: hours }, (_, index) => ({
    begins: last - (hours - 1 - index) * hourMs,
    count: 0,
  }));
  for (const at of detectedAt) {
    const hour = counts[hours - 1 - (last - Math.floor(Date.parse(at) / hourMs) * hourMs) / hourMs];
    if (hour) hour.count += 1;
  }
  return counts;
}

/** How long the slowest verified recoveries took from the fault to the end, the worst first. */
export function slowest(
  rows: readonly Pick<
    NotificationSummary,
    'uuid' | 'status' | 'faultAt' | 'endedAt' | 'instanceName' | 'host'
  >[],
  most: number,
): { uuid: string; name: string; tookMs: number }[] {
  return rows
    .flatMap(({ uuid, status, faultAt, endedAt, instanceName, host }) =>
      status === 'finished' && endedAt !== null
        ? [{ uuid, name: instanceName ?? host, tookMs: Date.parse(endedAt) - Date.parse(faultAt) }]
        : [],
    )
    .sort((a, b) => b.tookMs - a.tookMs)
    .slice(0, most);
}
