import type { NewOperation, RunningReport } from '@instance-ha/contracts';
import { expect, vi } from 'vitest';
import { follow, refusal, type Story } from './native-stories.ts';
import { instanceA, report } from './samples.ts';
import { type TestApi, testHost } from './start-api.ts';

const params = { file: 'instance-ha.conf' } as const;
const every = (seconds: number): string => `[DEFAULT]\ninstance_check_interval = ${seconds}\n`;

const save = (api: TestApi, text: string, told: { etag?: string; host?: string; comment?: string } = {}) => {
  const { etag = '"0"', host, comment } = told;
  return api.client().v2.configuration.save({
    params,
    query: host === undefined ? {} : { host },
    headers: { 'if-match': etag },
    body: { text, ...(comment === undefined ? {} : { comment }) },
  });
};
const revisionOf = async (saving: ReturnType<typeof save>): Promise<number> => (await saving).body.revision;

/** A monitor that asks and reports by its own token. */
function monitorOf(api: TestApi, host: string) {
  const { v2 } = api.client(`monitor-${host}`);
  const member = { service: 'monitor', name: host, version: '1.2.3' } as const;
  return {
    asks: async (known: number, waitMs = 0) =>
      (await v2.configuration.wanted({ params: { host }, query: { ...member, known, waitMs } })).body,
    says: (wanted: number, told: Partial<RunningReport> = {}) =>
      v2.configuration.running({
        params: { host },
        body: { ...member, wanted, running: wanted, state: 'applied', error: null, ...told },
      }),
  };
}

const begin = async (api: TestApi, revision: number, told: Partial<NewOperation> = {}) =>
  (await api.client().v2.operations.create({ body: { kind: 'reconfigure', revision, ...told } })).body;
const look = async (api: TestApi, id: number) =>
  (await api.client('reader').v2.operations.get({ params: { id: String(id) } })).body;
const until = (isTrue: () => Promise<void>) => vi.waitFor(isTrue, { timeout: 15_000, interval: 20 });

/** The configuration that is pushed, and the operations that bring it to hosts. */
export const configurationStories: readonly Story[] = [
  {
    name: 'has an empty file for all hosts at first, and a tree that says so',
    tell: async api => {
      const { v2 } = api.client('reader');
      const tree = (await v2.configuration.tree()).body;
      expect(tree).toMatchObject({ latest: 0, applied: null });
      expect(tree.services[0]?.files).toMatchObject([{ path: 'instance-ha.conf', revision: 0, host: null }]);
      const empty = (await v2.configuration.get({ params })).body;
      expect(empty).toMatchObject({ revision: 0, etag: '"0"', text: '', draft: false, problems: [] });
      const { options } = (await v2.configuration.catalogue()).body;
      expect(options.find(({ key }) => key === 'DEFAULT.instance_check_interval')).toMatchObject({
        default: '30',
        unit: 'seconds',
        reloadable: true,
        hostOnly: false,
      });
    },
  },
  {
    name: 'keeps a text with errors as a draft, tells each at its line, and never applies it',
    tell: async api => {
      const { v2 } = api.client();
      const saved = await save(api, every(-5), { comment: 'a try' });
      expect(saved.body).toMatchObject({ draft: true, errors: 1, savedBy: 'admin', comment: 'a try' });
      expect(saved.body.problems).toMatchObject([
        { severity: 'error', line: 2, column: 27, key: 'DEFAULT.instance_check_interval' },
      ]);
      const { problems, sound } = (await v2.configuration.validate({ body: { text: every(-5) } })).body;
      const { lines } = (await v2.configuration.validate({ body: { text: every(5), against: 0 } })).body;
      expect(lines).toContainEqual(
        expect.objectContaining({ op: 'added', text: 'instance_check_interval = 5' }),
      );
      expect([sound, problems]).toEqual([false, saved.body.problems]);
      await api.stores.guests.report(report());
      const refused = await refusal(begin(api, saved.body.revision));
      expect(refused).toMatchObject({ status: 409, answer: { code: 'conflict' } });
      expect(refused.message).toContain('instance-ha.conf:2:27');
      expect((await v2.operations.list()).body.operations).toEqual([]);
    },
  },
  {
    name: 'tells the second of two who save at once who was before, and loses neither text',
    tell: async api => {
      const { v2 } = api.client();
      const first = (await save(api, every(5))).body;
      const theirs = (await save(api, every(6), { etag: first.etag, comment: 'calmer' })).body;
      const refused = await refusal(save(api, every(7), { etag: first.etag }));
      expect(refused).toMatchObject({
        status: 412,
        answer: {
          code: 'precondition-failed',
          details: [{ path: 'headers.if-match', expected: theirs.etag, found: first.etag }],
        },
      });
      expect(refused.message).toContain(`admin saved revision ${theirs.revision}`);
      expect(refused.message).toContain('calmer');
      expect((await v2.configuration.get({ params })).body.text).toBe(every(6));
      expect(await refusal(save(api, every(7), { etag: '5' }))).toMatchObject({ status: 400 });
      const { events } = (await v2.audit.list({ query: { targetType: 'configuration' } })).body;
      expect(events.map(({ outcome, action }) => `${action} ${outcome}`)).toEqual([
        'save failure',
        'save success',
        'save success',
      ]);
      expect(events[1]?.changes).toEqual([
        { field: 'DEFAULT.instance_check_interval', before: '5', after: '6' },
      ]);
    },
  },
  {
    name: 'lists the saves of a file, and shows what each changed',
    tell: async api => {
      const { v2 } = api.client();
      const first = (await save(api, every(5))).body;
      const second = (await save(api, `${every(5)}# calm\n`, { etag: first.etag })).body;
      await save(api, every(9), { host: testHost });
      const page = (await v2.configuration.revisions({ params, query: { limit: 1 } })).body;
      expect(page.revisions.map(({ revision }) => revision)).toEqual([second.revision]);
      const rest = (await v2.configuration.revisions({ params, query: { cursor: page.nextCursor ?? '' } }))
        .body;
      expect(rest.revisions.map(({ revision }) => revision)).toEqual([first.revision]);
      const show = async (revision: number, against?: number) =>
        (
          await v2.configuration.revision({
            params: { ...params, revision: String(revision) },
            query: against === undefined ? {} : { against },
          })
        ).body;
      const last = await show(second.revision);
      expect(last).toMatchObject({ against: first.revision, changes: [] });
      expect(last.lines?.filter(({ op }) => op !== 'same')).toEqual([
        { op: 'added', before: null, after: 3, text: '# calm' },
      ]);
      expect((await show(second.revision, 0)).changes).toMatchObject([{ before: '30', after: '5' }]);
      expect(await refusal(show(99))).toMatchObject({ status: 404 });
    },
  },
  {
    name: 'shows secrets to nobody who may not save, and writes none into audit or log',
    tell: async api => {
      const text = '[openstack]\npassword = hunter2-rollout\n# passwd = hunter3-rollout\n';
      const before = (await save(api, text.replaceAll('hunter', 'old-hunter'))).body;
      await save(api, text, { etag: before.etag });
      expect((await api.client().v2.configuration.get({ params })).body.text).toBe(text);
      const { v2 } = api.client('reader');
      const seen = (await v2.configuration.get({ params })).body;
      expect(seen).toMatchObject({ masked: true, text: '[openstack]\npassword = ***\n# passwd = ***\n' });
      const detail = (
        await v2.configuration.revision({ params: { ...params, revision: String(seen.revision) } })
      ).body;
      const preview = (await v2.configuration.preview({ body: { draft: { text }, hosts: ['h'] } })).body;
      const audit = (await v2.audit.list()).body;
      expect(audit.events[0]?.changes).toEqual([
        { field: 'openstack.password', before: '***', after: '***' },
      ]);
      for (const told of [detail, preview, audit, api.logged()])
        expect(JSON.stringify(told)).not.toMatch(/hunter\d-rollout/);
    },
  },
  {
    name: 'previews what changes for whom, what begins anew, and what is protected less',
    tell: async api => {
      await api.stores.guests.report(report());
      await monitorOf(api, 'other-host').asks(0);
      const all = `${every(60)}[monitor]\nmetrics_port = 1234\n`;
      const revision = await revisionOf(save(api, all));
      await save(api, every(10), { host: 'other-host' });
      const { v2 } = api.client('reader');
      const preview = (await v2.configuration.preview({ body: { revision: revision + 1 } })).body;
      const told = preview.hosts.map(({ host, from, changes, restarts }) => ({
        host,
        from,
        restarts,
        changes: changes.map(({ key, before, after }) => `${key} ${before} ${after}`),
      }));
      const port = 'monitor.metrics_port 15869 1234';
      expect(told).toEqual([
        {
          host: 'other-host',
          from: null,
          restarts: ['monitor'],
          changes: [expect.stringMatching(/interval 30 10$/), port],
        },
        {
          host: testHost,
          from: null,
          restarts: ['monitor'],
          changes: [expect.stringMatching(/interval 30 60$/), port],
        },
      ]);
      expect(preview.hosts[1]?.unprotected).toEqual(['a hang is seen within 185 s instead of 95 s']);
      const draft = (await v2.configuration.preview({ body: { draft: { text: every(0), host: testHost } } }))
        .body;
      expect(draft).toMatchObject({ sound: false, hosts: [{ host: testHost, problems: [{ line: 2 }] }] });
      expect(await refusal(v2.configuration.preview({ body: { revision: 99 } }))).toMatchObject({
        status: 404,
      });
    },
  },
  {
    name: 'previews what the last day would have been by the change',
    tell: async api => {
      await api.stores.guests.report(report());
      const { v2 } = api.client(`monitor-${testHost}`);
      const toAt = Date.now();
      const fromAt = toAt - 600_000;
      const at = (seconds: number) => fromAt + seconds * 1000;
      const common = { of: instanceA, detail: null };
      const ping = (outcome: string, seconds: number) => ({
        ...common,
        type: 'ping',
        outcome,
        askedAtMs: at(seconds) - 1000,
        atMs: at(seconds),
      });
      const row = { of: instanceA, type: 'state', state: 'running', reason: 'booted', domainId: 1 };
      const recording = {
        fromAt,
        toAt,
        heard: 0,
        guests: [],
        signals: [
          { ...row, cpuTimeNs: null, atMs: at(1) },
          ping('answered', 2),
          ping('no-answer', 30),
          ping('no-answer', 60),
          ping('answered', 90),
        ],
        dropped: 0,
      };
      const params = { host: testHost };
      expect((await v2.monitors.record({ params, body: { recording } })).body).toEqual({ kept: true });
      expect(
        await refusal(v2.monitors.record({ params, body: { recording: { ...recording, toAt: 0 } } })),
      ).toMatchObject({
        status: 400,
        message: expect.stringContaining('recording.toAt must not be before recording.fromAt'),
      });
      expect(
        await refusal(v2.monitors.record({ params: { host: 'other-host' }, body: { recording } })),
      ).toMatchObject({ status: 403 });

      const preview = async (text: string) =>
        (await api.client('reader').v2.configuration.preview({ body: { draft: { text } } })).body.lastDay;
      expect(await preview('[monitor]\nfailure_threshold = 2\n')).toMatchObject({
        hosts: 1,
        recordedSince: new Date(fromAt).toISOString(),
        before: 0,
        after: 1,
        guests: [{ host: testHost, instanceUuid: instanceA, fault: 'heartbeat-lost', in: 'after' }],
        remarks: [],
      });
      expect(await preview('[monitor]\nreport_interval = 7\n')).toBeNull();
    },
  },
  {
    name: 'brings a revision to hosts: each is told at once, reports, and the operation follows',
    tell: async api => {
      const [here, other] = [monitorOf(api, testHost), monitorOf(api, 'other-host')];
      await here.says(0);
      await other.says(0);
      const asking = here.asks(0, 20_000); // Open until there is something to tell.
      const revision = await revisionOf(save(api, every(5)));
      const feed = follow(api, { kinds: ['operation'] });
      await feed.until('ready');
      const { operation, rows } = await begin(api, revision, { comment: 'quicker' });
      expect(rows.map(({ host, state, before }) => [host, state, before])).toEqual([
        ['other-host', 'applying', 0],
        [testHost, 'applying', 0],
      ]);
      expect(await asking).toEqual({ revision, layers: [{ name: 'instance-ha.conf', text: every(5) }] });
      expect(await here.asks(revision)).toEqual({ revision, layers: [] });
      expect(await refusal(begin(api, revision))).toMatchObject({ status: 409 });

      await here.says(revision, { state: 'applying', running: 0 });
      await here.says(revision);
      await other.says(revision, { state: 'failed', running: 0, error: 'ping_timeout is 20 s here' });
      await until(async () =>
        expect((await look(api, operation.id)).operation).toMatchObject({
          state: 'failed',
          progress: { total: 2, applied: 1, failed: 1 },
          message: expect.stringContaining('1 could not take it'),
        }),
      );
      expect((await look(api, operation.id)).rows[0]).toMatchObject({
        error: 'ping_timeout is 20 s here',
        running: 0,
      });
      const { services } = (await api.client('reader').v2.services.list()).body;
      expect(
        services.map(({ host, state, revision, silent }) => ({ host, state, revision, silent })),
      ).toEqual([
        { host: 'other-host', state: 'failed', revision: 0, silent: false },
        { host: testHost, state: 'current', revision, silent: false },
      ]);
      for (let ended = false; !ended; )
        ended = ((await feed.until('operation')).data as { state: string }).state === 'failed';
      await feed.leave();
      expect((await api.client().v2.configuration.tree()).body.applied).toBeNull();
    },
  },
  {
    name: 'cancels an operation once, and refuses hosts nobody knows and revisions there are not',
    tell: async api => {
      await monitorOf(api, testHost).says(0);
      const revision = await revisionOf(save(api, every(5)));
      const unknown = await refusal(begin(api, revision, { hosts: ['nowhere'] }));
      expect(unknown).toMatchObject({ status: 409, message: expect.stringContaining('nowhere') });
      expect(await refusal(begin(api, 99))).toMatchObject({ status: 404 });
      const { operation } = await begin(api, revision, { hosts: [testHost] });
      const cancel = () =>
        api.client().v2.operations.cancel({ params: { id: String(operation.id) }, body: {} });
      expect((await cancel()).body.operation).toMatchObject({ state: 'cancelled', hosts: [testHost] });
      expect(await refusal(cancel())).toMatchObject({ status: 409 });
      await monitorOf(api, testHost).says(revision);
      await until(async () => expect((await look(api, operation.id)).rows[0]?.state).toBe('applied'));
    },
  },
  {
    name: 'leaves a host what it runs where nobody ever said what to run',
    tell: async api => {
      expect(await monitorOf(api, testHost).asks(7)).toEqual({ revision: 7, layers: [] });
    },
  },
  {
    name: 'takes a text of 1,048,576 characters and no longer one, and no control characters',
    tell: async api => {
      const long = `# ${'ä'.repeat(1_048_573)}\n`;
      expect((await save(api, long)).body.draft).toBe(false);
      expect((await api.client().v2.configuration.get({ params })).body.text === long).toBe(true);
      expect(await refusal(save(api, `${long}#`, { etag: '"1"' }))).toMatchObject({ status: 400 });
      for (const text of ['a\0b', '\u001b[2J', '\u0007', '\u0085'])
        expect(await refusal(save(api, text, { etag: '"1"' }))).toMatchObject({ status: 400 });
      expect((await save(api, '# <b>\u202e"\t\r\n', { etag: '"1"' })).body.draft).toBe(false);
    },
  },
];
