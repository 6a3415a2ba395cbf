import assert from 'node:assert/strict';
import type { Delivery, FiledNotification, NotificationSink } from '../notification-sink.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { crash } from './stores/world.ts';

/** A sink before an empty receiver, and a hold on that receiver. */
export type NotificationSinkWorld = {
  sink: NotificationSink;
  /** What the receiver keeps, oldest first, as `asKept` has it. */
  stored(): Promise<unknown[]>;
  /** A notification as far as the receiver's wire can tell it; by default all that it was filed with. */
  asKept?: (notification: FiledNotification) => unknown;
  /** The receiver takes an equal failure of the same instance for the same incident within so long. Default 0. */
  repetitionWindowMs?: number;
  /** Takes the receiver away, or brings it back with all it kept. */
  setAway(away: boolean): Promise<void>;
  /** What the sink proves itself with, which must not be told to anybody else; null when it needs nothing. */
  secret: string | null;
};

const signal = (): AbortSignal => AbortSignal.timeout(20_000);

const deliver = (world: NotificationSinkWorld, notification: FiledNotification): Promise<Delivery> =>
  world.sink.deliver(notification, { signal: signal() });

/** `notifications` as the receiver is to keep them. */
const kept = ({ asKept = told => told }: NotificationSinkWorld, ...notifications: FiledNotification[]) =>
  notifications.map(asKept);

async function delivered(world: NotificationSinkWorld, notification: FiledNotification) {
  const delivery = await deliver(world, notification);
  assert.ok(delivery.delivered, `expected it to be delivered, found ${JSON.stringify(delivery)}`);
  return delivery;
}

async function notDelivered(world: NotificationSinkWorld, notification: FiledNotification) {
  const delivery = await deliver(world, notification);
  assert.ok(!delivery.delivered, `expected it not to be delivered, found ${JSON.stringify(delivery)}`);
  assert.notEqual(delivery.detail, '', 'the reason must be told');
  if (world.secret !== null)
    assert.ok(
      !delivery.detail.includes(world.secret),
      `the reason must not tell the secret: ${delivery.detail}`,
    );
  return delivery;
}

/** What every way of filing notifications promises. Each case wants a world of its own. */
export const notificationSinkConformance: readonly ConformanceCase<NotificationSinkWorld>[] = [
  {
    name: 'delivers a notification as it was filed, and names it',
    check: async world => {
      const delivery = await delivered(world, crash());
      assert.equal(delivery.duplicate, false);
      assert.match(delivery.notificationUuid ?? '', /^[0-9a-f-]{36}$/);
      assert.deepEqual(await world.stored(), kept(world, crash()));
    },
  },
  {
    name: 'stores the same incident once, however often it is filed',
    check: async world => {
      const first = await delivered(world, crash());
      for (let turn = 0; turn < 3; turn += 1) {
        const again = await delivered(world, crash());
        assert.deepEqual(again, { ...first, duplicate: true });
      }
      assert.equal((await world.stored()).length, 1);
    },
  },
  {
    name: 'stores the same incident once when it is filed many times at once',
    check: async world => {
      const deliveries = await Promise.all(Array.from({ length: 20 }, () => delivered(world, crash())));
      assert.equal(deliveries.filter(({ duplicate }) => !duplicate).length, 1);
      assert.equal(new Set(deliveries.map(({ notificationUuid }) => notificationUuid)).size, 1);
      assert.equal((await world.stored()).length, 1);
    },
  },
  {
    name: 'takes a second incident of the same instance for a new one',
    check: async world => {
      const first = await delivered(world, crash({ sequence: 1 }));
      const laterMs = Date.parse(crash().detectedAt) + (world.repetitionWindowMs ?? 0) + 1000;
      const second = await delivered(
        world,
        crash({ sequence: 2, detectedAt: new Date(laterMs).toISOString() }),
      );
      assert.notEqual(second.notificationUuid, first.notificationUuid);
      assert.equal(second.duplicate, false);
    },
  },
  {
    name: 'delivers names and evidence in any script',
    check: async world => {
      const notification = crash({ instanceName: 'база-данных 数据库 \u202eabc <b>&amp;\u{1f600}' });
      await delivered(world, notification);
      assert.deepEqual(await world.stored(), kept(world, notification));
    },
  },
  {
    name: 'says unavailable while the receiver is away, and delivers when it is back',
    check: async world => {
      await world.setAway(true);
      assert.equal((await notDelivered(world, crash())).kind, 'unavailable');
      await world.setAway(false);
      assert.equal((await delivered(world, crash())).duplicate, false);
      assert.equal((await world.stored()).length, 1);
    },
  },
  {
    name: 'says refused for what will never be taken, and goes on with the next',
    check: async world => {
      const impossible = { ...crash(), host: 'no such host name', incidentKey: 'has spaces in it' };
      assert.equal((await notDelivered(world, impossible)).kind, 'refused');
      await delivered(world, crash());
      assert.deepEqual(await world.stored(), kept(world, crash()));
    },
  },
  {
    name: 'resolves to unavailable once its signal has aborted',
    check: async world => {
      const aborted = AbortSignal.abort(new Error('we stop'));
      const delivery = await world.sink.deliver(crash(), { signal: aborted });
      assert.ok(!delivery.delivered && delivery.kind === 'unavailable');
    },
  },
];
