import type { ProbeSignal } from '@instance-ha/ports';
import { expect, it } from 'vitest';
import { Inbox } from './inbox.ts';

const signal = (atMs: number): ProbeSignal => ({ instanceUuid: 'a', signal: { type: 'reboot', atMs } });

it('keeps order, wakes who waits, and when it overflows forgets everything until it is restarted', async () => {
  let dropped = 0;
  const inbox = new Inbox({
    bound: 3,
    onDrop: count => {
      dropped += count;
    },
  });
  const stirred = inbox.stirred();
  inbox.push(signal(1));
  await stirred;
  inbox.push(signal(2));
  expect(inbox.shift()).toEqual(signal(1));
  inbox.push(signal(3));
  inbox.push(signal(4));
  expect([inbox.overflowed, inbox.size, dropped]).toEqual([false, 3, 0]);

  inbox.push(signal(5));
  inbox.push(signal(6));
  expect([inbox.overflowed, inbox.size, dropped]).toEqual([true, 0, 5]);
  expect(inbox.shift()).toBeUndefined();

  inbox.restart();
  inbox.push(signal(7));
  expect(inbox.shift()).toEqual(signal(7));
});
