import type { Change, ChangeFeed, Logger } from '@instance-ha/ports';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../testing/fake-clock.ts';
import { ChangeHub } from './change-hub.ts';

const nothing = (): void => {};
const log: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => log,
};

const change = (id: number, kind: Change['kind'] = 'notification'): Change => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  kind,
  subject: `s${id}`,
  data: null,
});

/** A feed that is driven by hand: what is `stored` can be read, what is `sent` was also told. */
function feedByHand() {
  const stored: Change[] = [];
  let listener: Parameters<ChangeFeed['subscribe']>[0] | undefined;
  let failures = 0;
  const feed: ChangeFeed = {
    subscribe: async given => {
      listener = given;
    },
    since: async (id, limit) => {
      if (failures > 0) {
        failures -= 1;
        throw new Error('the database is away');
      }
      return stored.filter(one => one.id > id).slice(0, limit);
    },
    latestId: async () => stored.at(-1)?.id ?? 0,
  };
  return {
    feed,
    store: (...ids: number[]) => stored.push(...ids.map(id => change(id))),
    send: (...ids: number[]) => {
      for (const id of ids) {
        if (!stored.some(one => one.id === id)) stored.push(change(id));
        listener?.onChange(change(id));
      }
    },
    lose: () => listener?.onLost(),
    fail: (times: number) => {
      failures = times;
    },
  };
}

async function open(hand = feedByHand()) {
  const clock = fakeClock();
  const hub = await ChangeHub.open({ feed: hand.feed, clock, log, signal: new AbortController().signal });
  const heard: string[] = [];
  let position = hub.lastId;
  hub.add({
    onNews: () => {
      for (const frame of hub.remembered(position, 10) ?? []) {
        heard.push(String(frame.id));
        position = frame.id;
      }
    },
    onAnnounced: frame => heard.push(`announced at ${frame.id}`),
    onLost: id => {
      heard.push(`lost ${id}`);
      position = id;
    },
  });
  return { hub, hand, heard, clock };
}

const settled = () => new Promise(resolve => setTimeout(resolve, 5));

describe('the hub of changes', () => {
  it('hands on each change once and in order', async () => {
    const { hand, heard, hub } = await open();
    hand.send(1, 2, 2, 1, 5);
    expect(heard).toEqual(['1', '2', '5']);
    expect(hub.lastId).toBe(5);
    expect(hub.remembered(0, 10)?.map(({ id }) => id)).toEqual([1, 2, 5]);
  });

  it('begins behind what was there before it', async () => {
    const hand = feedByHand();
    hand.store(1, 2, 3);
    const { heard, hub } = await open(hand);
    expect(hub.lastId).toBe(3);
    hand.send(4);
    expect(heard).toEqual(['4']);
  });

  it('reads what was lost before it hands on anything newer', async () => {
    const { hand, heard } = await open();
    hand.send(1);
    hand.store(2, 3);
    hand.lose();
    hand.send(4);
    await settled();
    expect(heard).toEqual(['1', '2', '3', '4']);
  });

  it('tries until the database is there again', async () => {
    const { hand, heard, clock } = await open();
    hand.store(1, 2);
    hand.fail(3);
    hand.lose();
    for (let turn = 0; turn < 3; turn += 1) {
      await settled();
      expect(heard).toEqual([]);
      await clock.advance(1000);
    }
    await settled();
    expect(heard).toEqual(['1', '2']);
  });

  it('says lost when it was left too far behind, and goes on from there', async () => {
    const { hand, heard, hub } = await open();
    hand.store(...Array.from({ length: 10_500 }, (_one, at) => at + 1));
    hand.lose();
    await settled();
    hand.send(10_501);
    expect(heard.slice(-2)).toEqual(['lost 10500', '10501']);
    expect(hub.remembered(10_499, 10)).toBeUndefined();
    expect(hub.remembered(10_500, 10)?.map(({ id }) => id)).toEqual([10_501]);
  });

  it('remembers the last changes for readers that come back, and knows what it has forgotten', async () => {
    const { hand, hub } = await open();
    for (let id = 1; id <= 4100; id += 1) hand.send(id);
    expect(hub.remembered(4000, 1000)).toHaveLength(100);
    expect(hub.remembered(4000, 7)?.map(({ id }) => id)).toEqual([4001, 4002, 4003, 4004, 4005, 4006, 4007]);
    expect(hub.remembered(4100, 10)).toEqual([]);
    expect(hub.remembered(1, 10)).toBeUndefined();
    const oldest =
      Array.from({ length: 4100 }, (_one, at) => at).find(id => hub.remembered(id, 1) !== undefined) ?? 0;
    expect(hub.remembered(oldest, 1)?.at(0)?.id).toBe(oldest + 1);
  });

  it('announces what only this process saw without moving anybody', async () => {
    const { hand, heard, hub } = await open();
    hand.send(7);
    hub.announce({ at: '2026-01-01T00:00:00.000Z', kind: 'monitor', subject: 'h', data: null });
    expect(heard).toEqual(['7', 'announced at 7']);
    expect(hub.lastId).toBe(7);
    expect(hub.remembered(0, 10)?.length).toBe(1);
  });
});
