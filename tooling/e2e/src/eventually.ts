import { setTimeout as delay } from 'node:timers/promises';

/** Looks until `isTrue`, at most `timeoutMs`; an error counts as "not yet" and is told when time is up. */
export async function eventually(
  what: string,
  timeoutMs: number,
  isTrue: () => Promise<boolean>,
  { everyMs = 100 } = {},
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  let why: unknown = 'it never was';
  do {
    try {
      if (await isTrue()) return;
      why = 'it is not';
    } catch (error) {
      why = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadlineMs);
  throw new Error(
    `waited ${timeoutMs / 1000} s in vain until ${what}: ${why instanceof Error ? why.message : String(why)}`,
    { cause: why },
  );
}
