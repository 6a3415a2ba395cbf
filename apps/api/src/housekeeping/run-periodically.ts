import type { Clock, Logger } from '@instance-ha/ports';

/**
 * Does `work` now and then every `periodMs` until `signal` aborts. What it throws is logged and does not end the loop;
 * `turned` is told after each turn.
 */
export async function runPeriodically(options: {
  name: string;
  periodMs: number;
  work: () => Promise<void>;
  turned: () => void;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { name, periodMs, work, turned, clock, log, signal } = options;
  while (!signal.aborted) {
    turned();
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) log.warn({ loop: name, error }, 'a turn of a loop failed');
    }
    await clock.sleep(periodMs, signal).catch(() => {});
  }
}
