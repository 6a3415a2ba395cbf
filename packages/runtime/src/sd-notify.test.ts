import { describe, expect, it } from 'vitest';
import { createSdNotify } from './sd-notify.ts';

const log = {} as never;

describe('telling systemd', () => {
  it('says ready, reloading and stopping, and alive no more often than asked', () => {
    const sent: string[] = [];
    let nowMs = 0;
    const notify = createSdNotify({
      socket: '/run/x',
      everyMs: 1000,
      log,
      nowMs: () => nowMs,
      send: args => sent.push(args.join(' ')),
    });
    notify.ready('watching 3 guests');
    notify.alive();
    nowMs = 999;
    notify.alive();
    nowMs = 1000;
    notify.alive();
    notify.reloading();
    notify.stopping();
    expect(sent).toEqual([
      '--ready --status=watching 3 guests',
      'WATCHDOG=1',
      'WATCHDOG=1',
      'RELOADING=1',
      'STOPPING=1',
    ]);
  });

  it('says nothing where systemd did not ask', () => {
    const sent: unknown[] = [];
    const notify = createSdNotify({
      socket: undefined,
      everyMs: 0,
      log,
      nowMs: () => 0,
      send: args => sent.push(args),
    });
    notify.ready('x');
    notify.alive();
    expect(sent).toEqual([]);
  });
});
