import type { Change } from '@instance-ha/ports';
import { describe, expect, it } from 'vitest';
import type { ChangeHub, HubReader } from '../live/change-hub.ts';
import { encodeFrame } from '../live/change-hub.ts';
import { type Waited, WantedWatch } from './wanted-watch.ts';

/** A hub to which a test tells changes. */
function world() {
  const changes: Change[] = [];
  let reader: HubReader | undefined;
  const hub = {
    get lastId() {
      return changes.at(-1)?.id ?? 0;
    },
    remembered: (id: number) => changes.filter(change => change.id > id).map(encodeFrame),
    add: (added: HubReader) => {
      reader = added;
      return () => {
        reader = undefined;
      };
    },
  } as unknown as ChangeHub;
  const watch = new WantedWatch(hub);
  const { signal } = new AbortController();
  const ended: string[] = [];
  const waits = (host: string, ms = 60_000, until = signal): void => {
    void watch.untilNews(host, ms, until).then((how: Waited) => ended.push(`${host} ${how}`));
  };
  const told = async (data: unknown, kind: Change['kind'] = 'operation'): Promise<string[]> => {
    changes.push({ id: changes.length + 1, at: '2026-01-02T03:04:05.000Z', kind, subject: '1', data });
    reader?.onNews();
    await Promise.resolve();
    return ended.splice(0);
  };
  const lost = async (): Promise<string[]> => {
    reader?.onLost(9);
    await Promise.resolve();
    return ended.splice(0);
  };
  return { watch, waits, told, lost, ended };
}
const row = (host: string, state: string) => ({ state: 'running', row: { host, service: 'monitor', state } });

describe('those who wait for what their host is to run', () => {
  it.each(['applying', 'rolling-back', 'failed', 'not-answering'])(
    'are woken when their host is %s, and no others',
    async state => {
      const { waits, told } = world();
      for (const host of ['a', 'a', 'b']) waits(host);
      expect(await told(row('a', state))).toEqual(['a news', 'a news']);
    },
  );

  it('are left alone by everything that changes nothing for them', async () => {
    const { waits, told } = world();
    waits('a');
    expect(await told({ state: 'running' })).toEqual([]);
    expect(await told(row('a', 'applied'))).toEqual([]);
    expect(await told({ what: 'filed' }, 'notification')).toEqual([]);
  });

  it('are all woken when an operation ends, and when changes were lost', async () => {
    const { waits, told, lost } = world();
    for (const host of ['a', 'b']) waits(host);
    expect(await told({ state: 'finished' })).toEqual(['a news', 'b news']);
    waits('a');
    expect(await lost()).toEqual(['a news']);
  });

  it('are let go when they leave, when nothing comes in time, and when the service stops', async () => {
    const { watch, waits, ended } = world();
    const left = new AbortController();
    waits('a', 60_000, left.signal);
    waits('b');
    waits('c', 0);
    left.abort();
    watch.end();
    waits('d');
    await Promise.resolve();
    expect(ended.sort()).toEqual(['a over', 'b over', 'c over', 'd over']);
  });
});
