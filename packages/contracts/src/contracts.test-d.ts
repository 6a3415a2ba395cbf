import type * as ports from '@instance-ha/ports';
import type * as recovery from '@instance-ha/recovery';
import { describe, expectTypeOf, it } from 'vitest';
import { type ApiClient, createApiClient } from './client.ts';
import type {
  Change,
  FiledNotification,
  GuestRecord,
  JournalEntry,
  MonitorRecord,
  MonitorReport,
  NotificationRecord,
  NotificationSummary,
  nativeContract,
  Pause,
  TimelineEntry,
} from './index.ts';
import type { RouterHandlers } from './server.ts';

/** Makes one object of an intersection: the wire is flat. */
type Flat<T> = { [K in keyof T]: T[K] };

describe('the wire has the fields of the ports, no more and no less', () => {
  it('for what is stored and sent', () => {
    expectTypeOf<FiledNotification>().toEqualTypeOf<ports.FiledNotification>();
    expectTypeOf<NotificationRecord>().toEqualTypeOf<ports.NotificationRecord>();
    expectTypeOf<NotificationSummary>().toEqualTypeOf<Omit<ports.NotificationRecord, 'evidence'>>();
    expectTypeOf<JournalEntry>().toEqualTypeOf<ports.JournalEntry>();
    expectTypeOf<TimelineEntry>().toEqualTypeOf<recovery.TimelineEntry>();
    expectTypeOf<MonitorReport>().toEqualTypeOf<ports.MonitorReport>();
    expectTypeOf<GuestRecord>().toEqualTypeOf<Flat<ports.GuestRecord>>();
    expectTypeOf<Omit<MonitorRecord, 'silent'>>().toEqualTypeOf<Flat<ports.MonitorRecord>>();
    expectTypeOf<Pause>().toEqualTypeOf<ports.Pause>();
    expectTypeOf<Change>().toEqualTypeOf<ports.Change>();
  });
});

describe('the client', () => {
  const client: ApiClient = createApiClient({ baseUrl: 'http://127.0.0.1' });

  it('types requests and successful answers by the contract', () => {
    expectTypeOf(client.v2.notifications.list()).resolves.toHaveProperty('body');
    expectTypeOf<Awaited<ReturnType<typeof client.v2.notifications.create>>['status']>().toEqualTypeOf<
      200 | 201
    >();
    expectTypeOf<
      Awaited<ReturnType<typeof client.v2.notifications.get>>['body']['notification']
    >().toEqualTypeOf<ports.NotificationRecord>();
    void client.v2.notifications.list({ query: { status: ['new', 'running'], limit: 5 } });
    void client.v2.pause.set({ body: { reason: 'upgrade', forMs: 60_000 }, timeoutMs: 500 });
    void client.v2.monitors.report({ params: { host: 'h' }, body: {} as ports.MonitorReport });
  });

  it('refuses what the contract does not know', () => {
    // @ts-expect-error no such status
    void client.v2.notifications.list({ query: { status: ['gone'] } });
    // @ts-expect-error the parameter is missing
    void client.v2.notifications.get({});
    void client.v2.notifications.create({
      body: {} as ports.FiledNotification,
      headers: { 'idempotency-key': 'k' },
    });
    void client.v2.notifications.create({
      body: {} as ports.FiledNotification,
      // @ts-expect-error no such header in the contract
      headers: { 'x-other': 'k' },
    });
    // @ts-expect-error the body is missing
    void client.v2.pause.set();
    // @ts-expect-error no such route
    void client.v2.aggregates;
  });
});

describe('a handler', () => {
  type Handlers = RouterHandlers<typeof nativeContract>;
  type Input = Parameters<Handlers['notifications']['list']>[0];

  it('gets typed values and must answer by the contract', () => {
    expectTypeOf<NonNullable<Input['query']['status']>>().toEqualTypeOf<
      ports.NotificationRecord['status'][]
    >();
    expectTypeOf<Input['query']['limit']>().toEqualTypeOf<number | undefined>();
    type Create = Parameters<Handlers['notifications']['create']>[0];
    expectTypeOf<Create['headers']>().toEqualTypeOf<{ 'idempotency-key': string | undefined }>();
    expectTypeOf<{ status: 299; body: null }>().not.toExtend<Awaited<ReturnType<Handlers['pause']['get']>>>();
    expectTypeOf<{ status: 200; body: { pause: null } }>().toExtend<
      Awaited<ReturnType<Handlers['pause']['get']>>
    >();
  });
});
