import { describe, expect, it } from 'vitest';
import { systemClock } from './system-clock.ts';
import { DeadlineError, withDeadline } from './with-deadline.ts';

const expired = { ...systemClock, sleep: async () => {} };

describe('a deadline', () => {
  it('gives the result of work that ends in time', async () => {
    expect(await withDeadline(Promise.resolve(7), { deadlineMs: 60_000, what: 'counting' })).toBe(7);
  });
  it('gives the error of work that fails in time', async () => {
    await expect(
      withDeadline(Promise.reject(new Error('no')), { deadlineMs: 60_000, what: 'counting' }),
    ).rejects.toThrow('no');
  });
  it('says what did not end', async () => {
    const error = await withDeadline(new Promise(() => {}), {
      deadlineMs: 5,
      what: 'counting',
      clock: expired,
    }).catch((e: unknown) => e);
    expect(DeadlineError.isInstance(error)).toBe(true);
    expect((error as Error).message).toBe('counting did not end within 5 ms');
  });
});

describe('the system clock', () => {
  it('rejects a sleep with the reason of the abort', async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error('enough now'));
    await expect(sleeping).rejects.toThrow('enough now');
  });
});
