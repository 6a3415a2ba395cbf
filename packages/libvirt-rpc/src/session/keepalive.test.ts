import { expect, it } from 'vitest';
import { createManualTimers } from '../fake/manual-timers.ts';
import { startKeepalive } from './keepalive.ts';

/** Plays 5 s × 2 tries; tells what happened, with its second. */
async function story(heardAtS: readonly number[], untilS: number): Promise<string[]> {
  const timers = createManualTimers(1_000_000);
  const startMs = timers.nowMs();
  const lines: string[] = [];
  const tell = (what: string) => () => void lines.push(`${(timers.nowMs() - startMs) / 1_000}s ${what}`);
  const keepalive = startKeepalive({
    intervalMs: 5_000,
    count: 2,
    timers,
    ping: tell('ping'),
    dead: tell('dead'),
  });
  for (let second = 1; second <= untilS; second += 1) {
    await timers.advance(1_000);
    if (heardAtS.includes(second)) keepalive.heard();
  }
  keepalive.stop();
  return lines;
}

it('silence costs one PING per interval, then the connection', async () => {
  expect(await story([], 30)).toEqual(['5s ping', '10s ping', '15s dead']);
});

it('any traffic puts the first PING off', async () => {
  expect(await story([3, 7, 11, 15], 19)).toEqual([]);
});

it('an answer fills the tries again', async () => {
  expect(await story([6, 12], 28)).toEqual(['5s ping', '11s ping', '17s ping', '22s ping', '27s dead']);
});

it('stopped, it says nothing more and leaves no timer', async () => {
  const timers = createManualTimers();
  const keepalive = startKeepalive({
    intervalMs: 5_000,
    count: 2,
    timers,
    ping: () => expect.unreachable(),
    dead: () => expect.unreachable(),
  });
  keepalive.stop();
  await timers.advance(60_000);
  expect(timers.waiting).toBe(0);
});
