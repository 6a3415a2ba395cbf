import type { ChangeKind } from '@instance-ha/contracts';
import { ApiError, type StreamEvent } from '@instance-ha/contracts/client';
import type { NewMonitorAction } from '@instance-ha/ports';
import { expect } from 'vitest';
import { crash, guest, instanceA, instanceB, report } from './samples.ts';
import { type TestApi, testHost } from './start-api.ts';

/** A story about the API with the typed client. Told on stores in memory and on PostgreSQL; each wants an empty service. */
export type Story = { name: string; tell: (api: TestApi) => Promise<void> };

export async function refusal(call: Promise<unknown>): Promise<Partial<ApiError>> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!ApiError.isInstance(error)) throw new Error(`it was not refused, but: ${String(error)}`);
  return error;
}

const hostDeath: ReturnType<typeof crash> = {
  ...crash({ key: `host/${testHost}/1` }),
  payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
};

async function claimAndEnd(api: TestApi): Promise<void> {
  const [claim] = await api.stores.recoveries.claim({ worker: 'worker-1', leaseMs: 60_000, limit: 1 });
  if (!claim) throw new Error('there was nothing to claim');
  const { notification } = claim;
  await api.stores.recoveries.append(claim, [
    { type: 'act-begun', atMs: 5, act: 'start', life: null, attempt: 1 },
    { type: 'act-ended', atMs: 9, act: 'start', outcome: 'done', detail: 'it runs' },
  ]);
  await api.stores.recoveries.end(claim, [], {
    status: 'finished',
    message: `${notification.instanceName} is back`,
  });
}

export const stories: readonly Story[] = [
  {
    name: 'files a notification once, however often it is sent, and tells the same record each time',
    tell: async api => {
      const { v2 } = api.client(`monitor-${testHost}`);
      const first = await v2.notifications.create({
        body: crash(),
        headers: { 'idempotency-key': 'instance/1' },
      });
      expect(first.status).toBe(201);
      expect(first.body.notification).toMatchObject({
        ...crash(),
        type: 'COMPUTE_INSTANCE',
        status: 'new',
        instanceUuid: instanceA,
        instanceName: 'web-1',
        duplicates: 0,
        filedBy: `monitor-${testHost}`,
        message: null,
        endedAt: null,
      });
      const again = await v2.notifications.create({ body: crash() });
      expect(again.status).toBe(200);
      expect(again.body.notification.uuid).toBe(first.body.notification.uuid);
      expect(again.body.notification.duplicates).toBe(1);
    },
  },
  {
    name: 'refuses an idempotency key that is not the incident key',
    tell: async api => {
      const call = api
        .client()
        .v2.notifications.create({ body: crash(), headers: { 'idempotency-key': 'another' } });
      expect(await refusal(call)).toMatchObject({ status: 400, answer: { code: 'invalid-request' } });
      expect((await api.client().v2.notifications.list()).body.notifications).toEqual([]);
    },
  },
  {
    name: 'shows a notification with its evidence, its journal and its timeline',
    tell: async api => {
      const { v2 } = api.client('reader');
      const { body } = await api.client().v2.notifications.create({ body: crash() });
      await claimAndEnd(api);
      const detail = (await v2.notifications.get({ params: { uuid: body.notification.uuid } })).body;
      expect(detail.notification).toMatchObject({
        status: 'finished',
        message: 'web-1 is back',
        evidence: crash().evidence,
      });
      expect(detail.journal.map(({ sequence, worker }) => [sequence, worker])).toEqual([
        [1, 'worker-1'],
        [2, 'worker-1'],
      ]);
      expect(detail.journal[1]?.event).toMatchObject({ type: 'act-ended', act: 'start' });
      const phases = detail.timeline.map(({ phase }) => phase);
      expect(phases).toEqual(
        expect.arrayContaining(['fault', 'detected', 'notified', 'acting', 'restarted', 'ended']),
      );
      expect(detail.timeline[0]).toMatchObject({ phase: 'fault', at: crash().faultAt, offsetMs: 0 });
    },
  },
  {
    name: 'shows why a notification is held and what may be ruled, takes one ruling of two, and tells the feed and the audit',
    tell: async api => {
      const { v2 } = api.client();
      const reader = follow(api, { kinds: ['notification'] });
      await reader.until('ready');
      const filed = await v2.notifications.create({ body: hostDeath });
      const { uuid } = filed.body.notification;
      const params = { uuid };
      const [claim] = await api.stores.recoveries.claim({ worker: 'worker-1', leaseMs: 60_000, limit: 1 });
      if (!claim) throw new Error('there was nothing to claim');

      const early = await refusal(v2.notifications.approve({ params, body: {} }));
      expect(early).toMatchObject({ status: 409, answer: { code: 'conflict' } });
      expect(early.message).toContain(
        `notification ${uuid} cannot be approved: it is running and not held; possible: abort`,
      );

      await api.stores.recoveries.append(claim, [{ type: 'tick', atMs: 1 }], {
        held: '2 of 3 hosts fail at once',
      });
      const shown = (await api.client('reader').v2.notifications.get({ params })).body;
      expect(shown.held).toMatchObject({ why: '2 of 3 hosts fail at once' });
      expect([shown.rulings, shown.possible]).toEqual([[], ['approve', 'reject', 'abort']]);

      const ruled = (await v2.notifications.reject({ params, body: { reason: 'the switch is down' } })).body;
      expect(ruled).toMatchObject({
        made: true,
        notification: { uuid, status: 'running' },
        ruling: { ruling: 'reject', by: 'admin', reason: 'the switch is down', round: 0 },
      });
      expect((await v2.notifications.reject({ params, body: {} })).body).toMatchObject({
        made: false,
        ruling: ruled.ruling,
      });
      const late = await refusal(v2.notifications.approve({ params, body: {} }));
      expect(late.message).toContain('it is running and held; it was rejected by admin at');
      expect(late.message).toContain('nothing can be ruled about it now');

      await api.stores.recoveries.end(claim, [], { status: 'ignored', message: 'rejected' });
      const retried = (await v2.notifications.retry({ params, body: {} })).body;
      expect(retried.notification).toMatchObject({ status: 'new', endedAt: null });
      const after = (await v2.notifications.get({ params })).body;
      expect(after.rulings.map(({ ruling, round }) => `${ruling} ${round}`)).toEqual(['reject 0', 'retry 0']);
      expect(after.possible).toEqual(['abort']);

      const { events } = (await v2.audit.list({ query: { targetId: uuid } })).body;
      expect(
        events.map(({ action, outcome, initiator }) => `${action} ${outcome} ${initiator.name}`),
      ).toEqual([
        'retry success admin',
        'approve failure admin',
        'reject success admin',
        'approve failure admin',
      ]);
      const told: unknown[] = [];
      while (told.length < 2) {
        const { data } = await reader.until('notification');
        const { what, ruling, by } = data as Record<string, unknown>;
        if (what === 'ruled') told.push([ruling, by]);
      }
      expect(told).toEqual([
        ['reject', 'admin'],
        ['retry', 'admin'],
      ]);
      await reader.leave();
    },
  },
  {
    name: 'takes no ruling about what is not there, is verified, or with a reason that is none',
    tell: async api => {
      const { v2 } = api.client();
      for (const ruling of ['approve', 'reject', 'abort', 'retry'] as const) {
        const gone = v2.notifications[ruling]({ params: { uuid: instanceB }, body: {} });
        expect(await refusal(gone)).toMatchObject({ status: 404, code: 'not-found' });
        const wrong = v2.notifications[ruling]({ params: { uuid: instanceB }, body: { reason: ' ' } });
        expect(await refusal(wrong)).toMatchObject({ status: 400 });
      }
      const { body } = await v2.notifications.create({ body: crash() });
      await claimAndEnd(api);
      const again = v2.notifications.retry({ params: { uuid: body.notification.uuid }, body: {} });
      expect(await refusal(again)).toMatchObject({
        status: 409,
        message: expect.stringContaining('it is finished; nothing can be ruled about it now'),
      });
    },
  },
  {
    name: 'knows no other notification',
    tell: async api => {
      const { v2 } = api.client();
      const gone = v2.notifications.get({ params: { uuid: instanceB } });
      expect(await refusal(gone)).toMatchObject({ status: 404, code: 'not-found' });
      const wrong = v2.notifications.get({ params: { uuid: "' or 1=1 --" } });
      expect(await refusal(wrong)).toMatchObject({
        status: 400,
        answer: { details: [{ path: 'params.uuid' }] },
      });
    },
  },
  {
    name: 'lists by type, status, host, instance and time, without evidence',
    tell: async api => {
      const { v2 } = api.client();
      const file = (body: Parameters<typeof v2.notifications.create>[0]['body']) =>
        v2.notifications.create({ body });
      await file(crash({ key: 'a', detectedAt: '2026-01-01T00:00:00.000Z' }));
      await claimAndEnd(api);
      await file(
        crash({
          key: 'b',
          detectedAt: '2026-01-02T00:00:00.000Z',
          host: 'node-2',
          instanceUuid: instanceB,
          name: 'db',
        }),
      );
      await file({
        ...crash({ key: 'c', detectedAt: '2026-01-03T00:00:00.000Z' }),
        payload: { type: 'COMPUTE_PROCESS', event: 'STOPPED', processName: 'nova-compute' },
      });
      const keys = async (query: Parameters<typeof v2.notifications.list>[0] & object) =>
        (await v2.notifications.list(query)).body.notifications.map(({ incidentKey }) => incidentKey);
      expect(await keys({})).toEqual(['c', 'b', 'a']);
      expect(await keys({ query: { type: 'COMPUTE_INSTANCE' } })).toEqual(['b', 'a']);
      expect(await keys({ query: { status: ['new'] } })).toEqual(['c', 'b']);
      expect(await keys({ query: { status: ['new', 'finished'], host: testHost } })).toEqual(['c', 'a']);
      expect(await keys({ query: { instance: instanceB } })).toEqual(['b']);
      expect(await keys({ query: { instance: 'db' } })).toEqual(['b']);
      expect(await keys({ query: { instance: 'd' } })).toEqual([]);
      expect(await keys({ query: { since: '2026-01-02T00:00:00Z' } })).toEqual(['c', 'b']);
      expect(await keys({ query: { until: '2026-01-02T01:00:00.000+01:00' } })).toEqual(['a']);
      const { body } = await v2.notifications.list();
      expect(Object.keys(body.notifications[0] ?? {})).not.toContain('evidence');
    },
  },
  {
    name: 'turns pages that stay as they are while notifications arrive',
    tell: async api => {
      const { v2 } = api.client();
      for (let at = 1; at <= 7; at += 1) await v2.notifications.create({ body: crash({ key: `old-${at}` }) });
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 4; page += 1) {
        const { body } = await v2.notifications.list({ query: { limit: 3, ...(cursor && { cursor }) } });
        seen.push(...body.notifications.map(({ incidentKey }) => incidentKey));
        await v2.notifications.create({ body: crash({ key: `new-${page}` }) });
        if (body.nextCursor === null) {
          expect(body.next).toBeNull();
          break;
        }
        cursor = body.nextCursor;
        expect(body.next).toBe(`/v2/notifications?limit=3&cursor=${cursor}`);
      }
      expect(seen).toEqual(['old-7', 'old-6', 'old-5', 'old-4', 'old-3', 'old-2', 'old-1']);
    },
  },
  {
    name: 'links the next page with the same filter, to be followed as it is',
    tell: async api => {
      const { v2 } = api.client();
      for (let at = 1; at <= 3; at += 1)
        await v2.notifications.create({ body: crash({ key: `k${at}`, name: 'a&b=c d' }) });
      const query = { limit: 2, status: ['new' as const, 'running' as const], instance: 'a&b=c d' };
      const { body } = await v2.notifications.list({ query });
      const response = await fetch(`${api.origin}${body.next}`, {
        headers: { authorization: `Bearer ${api.token('admin')}` },
      });
      const next = (await response.json()) as {
        notifications: { incidentKey: string }[];
        next: string | null;
      };
      expect(next.notifications.map(({ incidentKey }) => incidentKey)).toEqual(['k1']);
      expect(next.next).toBeNull();
    },
  },
  {
    name: 'takes reports of monitors, shows them and their guests, page by page',
    tell: async api => {
      const monitor = api.client(`monitor-${testHost}`);
      const { v2 } = api.client('reader');
      const params = { host: testHost };
      const guests = [guest(), guest({ instanceUuid: instanceB, instanceName: 'db', phase: 'unmonitored' })];
      const taken = await monitor.v2.monitors.report({ params, body: report({ sequence: 2, guests }) });
      expect(taken.body).toEqual({ taken: true });
      const late = await monitor.v2.monitors.report({ params, body: report({ sequence: 1 }) });
      expect(late.body).toEqual({ taken: false });

      const shown = (await v2.monitors.get({ params })).body.monitor;
      expect(shown).toMatchObject({
        host: testHost,
        state: 'watching',
        silent: false,
        guestsByPhase: { alive: 1, unmonitored: 1 },
      });
      expect((await v2.monitors.list()).body.monitors).toEqual([
        { ...shown, lastSeenAt: expect.any(String) },
      ]);

      const first = (await v2.guests.list({ query: { limit: 1 } })).body;
      expect(first.guests).toEqual([{ ...guest(), host: testHost, reportedAt: expect.any(String) }]);
      const second = (await v2.guests.list({ query: { limit: 1, cursor: first.nextCursor ?? '' } })).body;
      expect(second).toMatchObject({ guests: [{ instanceUuid: instanceB }], nextCursor: null, next: null });
      expect((await v2.guests.list({ query: { phase: 'alive' } })).body.guests).toHaveLength(1);
      expect((await v2.guests.list({ query: { host: 'nowhere' } })).body.guests).toEqual([]);
      expect((await v2.guests.get({ params: { uuid: instanceB } })).body.guest.instanceName).toBe('db');
      expect(await refusal(v2.monitors.get({ params: { host: 'nowhere' } }))).toMatchObject({ status: 404 });
      const nobody = v2.guests.get({ params: { uuid: 'cccccccc-0000-4000-8000-00000000000c' } });
      expect(await refusal(nobody)).toMatchObject({ status: 404 });
    },
  },
  {
    name: 'takes no report for another host than the path says',
    tell: async api => {
      const call = api.client().v2.monitors.report({ params: { host: 'other-host' }, body: report() });
      expect(await refusal(call)).toMatchObject({
        status: 400,
        answer: { details: [{ path: 'body.host' }] },
      });
    },
  },
  {
    name: 'takes the report of a host with a thousand guests',
    tell: async api => {
      const guests = Array.from({ length: 1000 }, (_one, at) =>
        guest({
          instanceUuid: `aaaaaaaa-0000-4000-8000-${at.toString(16).padStart(12, '0')}`,
          why: 'w'.repeat(200),
        }),
      );
      const monitor = api.client(`monitor-${testHost}`);
      const answer = await monitor.v2.monitors.report({
        params: { host: testHost },
        body: report({ guests }),
      });
      expect(answer.body.taken).toBe(true);
      const all = await api.client().v2.guests.list({ query: { limit: 1000 } });
      expect(all.body.guests).toHaveLength(1000);
    },
  },
  {
    name: 'pauses with a reason until an end, replaces the pause, and resumes',
    tell: async api => {
      const { v2 } = api.client();
      expect((await v2.pause.get()).body).toEqual({ pause: null });
      const { pause } = (await v2.pause.set({ body: { reason: 'upgrade', forMs: 60_000 } })).body;
      expect(pause).toMatchObject({ reason: 'upgrade', by: 'admin' });
      expect(Date.parse(pause?.until ?? '') - Date.parse(pause?.from ?? '')).toBe(60_000);
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const longer = (await v2.pause.set({ body: { reason: 'longer', until } })).body.pause;
      expect(Math.abs(Date.parse(longer?.until ?? '') - Date.parse(until))).toBeLessThan(5000);
      expect((await api.client('reader').v2.pause.get()).body.pause?.reason).toBe('longer');
      expect((await v2.pause.clear()).body).toEqual({ pause: null, wasPaused: true });
      expect((await v2.pause.clear()).body).toEqual({ pause: null, wasPaused: false });
    },
  },
  {
    name: 'sets no pause without a reason, without an end, or for more than 30 days',
    tell: async api => {
      const { v2 } = api.client();
      const inADay = new Date(Date.now() + 86_400_000).toISOString();
      const wrong = [
        { reason: ' ', forMs: 5000 },
        { reason: 'x' },
        { reason: 'x', forMs: 5000, until: inADay },
        { reason: 'x', forMs: 999 },
        { reason: 'x', forMs: 30 * 86_400_000 + 1 },
        { reason: 'x', until: '2026-01-01T00:00:00.000Z' },
        { reason: 'x', until: new Date(Date.now() + 31 * 86_400_000).toISOString() },
        { reason: 'x'.repeat(501), forMs: 5000 },
        { reason: 'line\nbreak', forMs: 5000 },
      ];
      for (const body of wrong)
        expect(await refusal(v2.pause.set({ body })), JSON.stringify(body)).toMatchObject({ status: 400 });
      expect((await v2.pause.get()).body.pause).toBeNull();
    },
  },
  {
    name: 'tells everybody who they are',
    tell: async api => {
      expect((await api.client('reader').v2.whoami()).body).toEqual({
        name: 'reader',
        scope: 'reader',
        host: null,
      });
      expect((await api.client(`monitor-${testHost}`).v2.whoami()).body).toEqual({
        name: `monitor-${testHost}`,
        scope: 'monitor',
        host: testHost,
      });
    },
  },
  {
    name: 'sends every change live, and what was missed to a reader that comes back',
    tell: async api => {
      const client = api.client();
      const reader = follow(api, {});
      await reader.until('ready');
      await client.v2.notifications.create({ body: crash({ key: 'one' }) });
      await client.v2.pause.set({ body: { reason: 'r', forMs: 5000 } });
      const pause = await reader.until('pause');
      await reader.leave();

      await client.v2.notifications.create({ body: crash({ key: 'two' }) });
      await client.v2.pause.clear();
      const again = follow(api, { after: pause.id });
      const kinds = [(await again.until('notification')).kind, (await again.until('pause')).kind];
      expect(kinds).toEqual(['notification', 'pause']);
      await again.leave();

      const chosen = follow(api, { after: 0, kinds: ['pause'] });
      await chosen.until('pause');
      await chosen.until('pause');
      expect(chosen.kinds()).toEqual(['pause', 'pause']);
      await chosen.leave();
    },
  },
  {
    name: 'gives a monitor what is asked of it, as soon as it is asked, and takes its report once',
    tell: async api => {
      const { v2 } = api.client(`monitor-${testHost}`);
      const params = { host: testHost };
      const none = await v2.monitors.takeActions({ params, body: { waitMs: 0 } });
      expect(none.body.actions).toEqual([]);
      // Waits, and is woken: the wait is longer than this story may take.
      const waiting = v2.monitors.takeActions({ params, body: { waitMs: 14_000 } });
      await api.stores.actions.ask(anAction({ host: 'other-host', key: 'elsewhere' }));
      const asked = await api.stores.actions.ask(anAction());
      const { body } = await waiting;
      expect(body.actions).toMatchObject([{ uuid: asked.uuid, kind: 'restart-process', status: 'taken' }]);
      expect(body.actions[0]?.leftMs).toBeGreaterThan(50_000);
      const report = {
        outcome: 'done',
        detail: 'runs as process 12',
        sighting: { seen: 'running', life: 'b/12/34', detail: 'runs as process 12' },
      } as const;
      const there = { host: testHost, uuid: asked.uuid };
      expect((await v2.monitors.reportAction({ params: there, body: report })).body).toEqual({ taken: true });
      expect((await v2.monitors.reportAction({ params: there, body: report })).body).toEqual({
        taken: false,
      });
      const listed = await api.client('reader').v2.monitors.listActions({ params });
      expect(listed.body).toMatchObject({
        actions: [
          { uuid: asked.uuid, status: 'done', detail: 'runs as process 12', sighting: report.sighting },
        ],
        nextCursor: null,
      });
    },
  },
  {
    name: 'gives no monitor what is asked of another one, and takes no report of it',
    tell: async api => {
      const { v2 } = api.client('monitor-other-host');
      const asked = await api.stores.actions.ask(anAction());
      const params = { host: testHost };
      const body = { outcome: 'done', detail: '', sighting: null } as const;
      expect(await refusal(v2.monitors.takeActions({ params, body: { waitMs: 0 } }))).toMatchObject({
        status: 403,
      });
      const there = { host: testHost, uuid: asked.uuid };
      expect(await refusal(v2.monitors.reportAction({ params: there, body }))).toMatchObject({ status: 403 });
      const here = { host: 'other-host', uuid: asked.uuid };
      expect((await v2.monitors.reportAction({ params: here, body })).body).toEqual({ taken: false });
      expect((await api.stores.actions.get(asked.uuid))?.status).toBe('asked');
    },
  },
  {
    name: 'pages through what was asked of a monitor',
    tell: async api => {
      for (const key of ['1', '2', '3'])
        await api.stores.actions.ask(anAction({ key, processName: `p${key}` }));
      const { v2 } = api.client('reader');
      const params = { host: testHost };
      const first = (await v2.monitors.listActions({ params, query: { limit: 2 } })).body;
      expect(first.actions.map(({ processName }) => processName)).toEqual(['p3', 'p2']);
      const query = { limit: 2, cursor: first.nextCursor ?? '' };
      const rest = (await v2.monitors.listActions({ params, query })).body;
      expect(rest.actions.map(({ processName }) => processName)).toEqual(['p1']);
      expect([rest.nextCursor, rest.next]).toEqual([null, null]);
    },
  },
];

type Following = {
  until(
    what: 'ready' | 'lost' | 'disconnected' | ChangeKind,
  ): Promise<{ id: number; kind: string; data?: unknown; subject?: string }>;
  kinds(): string[];
  changes(): { id: number; kind: string; subject: string; data: unknown }[];
  leave(): Promise<void>;
};

/** Reads the stream in the background; `until` takes events in their order up to the one that is awaited. */
export function follow(
  api: Pick<TestApi, 'client'>,
  options: { after?: number; kinds?: ChangeKind[] },
): Following {
  const left = new AbortController();
  const events: StreamEvent[] = [];
  let wake: () => void = () => {};
  let taken = 0;
  let failure: unknown;
  const reading = (async () => {
    const stream = api.client().follow({ ...options, signal: left.signal, retryMs: { first: 5, max: 50 } });
    for await (const event of stream) {
      events.push(event);
      wake();
    }
  })().catch((error: unknown) => {
    failure = error;
    wake();
  });
  const nameOf = (event: StreamEvent): string => (event.type === 'change' ? event.change.kind : event.type);
  const changes = () => events.flatMap(event => (event.type === 'change' ? [event.change] : []));
  return {
    changes,
    kinds: () => changes().map(({ kind }) => kind),
    until: async what => {
      const deadline = AbortSignal.timeout(15_000);
      for (;;) {
        while (taken < events.length) {
          const event = events[taken++];
          if (!event || nameOf(event) !== what) continue;
          if (event.type === 'change') return event.change;
          return { id: 'id' in event ? event.id : 0, kind: event.type };
        }
        if (failure) throw failure;
        if (deadline.aborted)
          throw new Error(`no ${what} came; the last were: ${events.slice(-10).map(nameOf).join(', ')}`);
        await new Promise<void>(resolve => {
          wake = resolve;
          deadline.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
    leave: async () => {
      left.abort();
      await reading;
    },
  };
}

const anAction = (told: Partial<NewMonitorAction> = {}): NewMonitorAction => ({
  key: 'n/1/restart-process',
  host: testHost,
  kind: 'restart-process',
  processName: 'nova-compute',
  life: null,
  takeWithinMs: 30_000,
  doneWithinMs: 60_000,
  ...told,
});
