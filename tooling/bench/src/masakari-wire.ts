import { randomUUID } from 'node:crypto';
import { SegmentBook } from '@instance-ha/e2e';
import { crash, type RowGround, withRows } from './http.ts';
import type { Call } from './load.ts';
import type { Bench } from './measurement.ts';

/** Ten times what Masakari 14.0.2 was measured to do on two cores (eventlet, 2 workers, quiet). */
const peer = { listPerSecond: 151, postPerSecond: 43 };
const source = 'bench-host';

export const masakariList: Bench = {
  about: 'GET /v1/notifications?limit=20 over 4 connections with 648 rows stored',
  run: async function* (context) {
    yield await withRows(context, 648, ({ measure }) =>
      measure({
        name: 'v1-list',
        target: `rate >= ${10 * peer.listPerSecond}/s`,
        okStatus: [200],
        next: () => ({ method: 'GET', path: '/v1/notifications?limit=20' }),
        conditions: { limit: 20 },
      }),
    );
  },
};

/** Masakari looks through every notification of the host within its duplicate window: there it slows down as a storm grows. */
export const masakariPost: Bench = {
  about:
    'POST /v1/notifications over 4 connections: with no row, and with 10,000 of the same host in the duplicate window',
  run: async function* (context) {
    yield* await withRows(context, 0, async ({ stack, measure, store }: RowGround) => {
      await SegmentBook.make(stack.api, [source]);
      const target = `rate >= ${10 * peer.postPerSecond}/s, the same with 10,000 rows`;
      const post = (): Promise<Awaited<ReturnType<typeof measure>>> =>
        measure({ name: 'v1-post', target, okStatus: [202], next: postOne });
      const first = await post();
      await store(10_000, (index, key) => ({ ...crash(index, key), host: source }));
      return [first, await post()];
    });
  },
};

function postOne(): Call {
  const notification = {
    type: 'VM',
    hostname: source,
    generated_time: new Date().toISOString(),
    payload: { instance_uuid: randomUUID(), event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' },
  };
  return { method: 'POST', path: '/v1/notifications', body: JSON.stringify({ notification }) };
}
