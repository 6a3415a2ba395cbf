import { describe, expect, it } from 'vitest';
import { createSdNotify } from './sd-notify.ts';

const log = {} as never;

/** A socket that takes a message when it is told to. */
function socketUnderHand() {
  const sent: string[] = [];
  let taken: (() => void) | undefined;
  let nowMs = 0;
  const notify = createSdNotify({
    socket: '/run/x',
    everyMs: 1000,
    log,
    nowMs: () => nowMs,
    send: args => {
      sent.push(args.join(' '));
      return new Promise(resolve => {
        taken = resolve;
      });
    },
  });
  return {
    notify,
    sent,
    at: (ms: number) => {
      nowMs = ms;
    },
    /** Lets the message under way arrive, and the next one set out. */
    take: async () => {
      await settle();
      taken?.();
      await settle();
    },
  };
}

const settle = () => new Promise(resolve => setImmediate(resolve));

describe('telling systemd', () => {
  it('says ready, reloading and stopping, and alive no more often than asked', async () => {
    const { notify, sent, at, take } = socketUnderHand();
    notify.ready('watching 3 guests');
    await take();
    notify.alive();
    await take();
    at(999);
    notify.alive();
    at(1000);
    notify.alive();
    await take();
    notify.reloading();
    await take();
    notify.stopping();
    await take();
    expect(sent).toEqual([
      '--ready --status=watching 3 guests',
      'WATCHDOG=1',
      'WATCHDOG=1',
      'RELOADING=1',
      'STOPPING=1',
    ]);
  });

  it('sends nothing before what was said earlier has arrived, and lets life wait', async () => {
    const { notify, sent, take } = socketUnderHand();
    notify.reloading();
    notify.ready('again');
    notify.alive();
    await settle();
    expect(sent).toEqual(['RELOADING=1']);
    await take();
    expect(sent).toEqual(['RELOADING=1', '--ready --status=again']);
    notify.alive();
    await take();
    notify.alive();
    await take();
    expect(sent).toEqual(['RELOADING=1', '--ready --status=again', 'WATCHDOG=1']);
  });

  it('says nothing where systemd did not ask', async () => {
    const sent: unknown[] = [];
    const notify = createSdNotify({
      socket: undefined,
      everyMs: 0,
      log,
      nowMs: () => 0,
      send: async args => void sent.push(args),
    });
    notify.ready('x');
    notify.alive();
    await settle();
    expect(sent).toEqual([]);
  });
});
