import assert from 'node:assert/strict';
import { type Advance, advance } from '@instance-ha/rollout';
import type { Actor } from '../../audit.ts';
import {
  type NewConfiguration,
  type NewOperation,
  type RunningReport,
  serviceForgottenAfterMs,
  wantedLayers,
} from '../../configuration.ts';
import type { Stores } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { listen, type StoresWorld } from './world.ts';

const by = (name: string): Actor => ({ initiator: { id: null, name, project: null }, requestId: 'req-1' });

const text = (seconds: number): string => `[DEFAULT]\ninstance_check_interval = ${seconds}\n`;
const file = (told: Partial<NewConfiguration> = {}): NewConfiguration => ({
  host: null,
  text: text(5),
  comment: null,
  errors: 0,
  warnings: 0,
  expected: 0,
  changes: [],
  ...told,
});

async function saved(stores: Stores, told: Partial<NewConfiguration> = {}): Promise<number> {
  const written = await stores.configuration.save(file(told), by('maria'));
  if (!written.ok) throw new Error('it was overtaken');
  return written.record.revision;
}

export const configurationCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a file has every save there was, and at each revision the newest up to it',
    async check({ stores }) {
      const { configuration } = stores;
      assert.equal(await configuration.latest(), 0);
      assert.equal(await configuration.get(null), undefined);
      assert.deepEqual(await configuration.files(), []);
      const first = await saved(stores);
      const host = await saved(stores, { host: 'node1', text: '# node1\n', warnings: 2, comment: 'hot' });
      const second = await saved(stores, { text: text(6), expected: first, errors: 1 });
      assert.ok(0 < first && first < host && host < second);
      assert.equal(await configuration.latest(), second);
      assert.equal((await configuration.get(null))?.text, text(6));
      assert.equal((await configuration.get(null, host))?.text, text(5));
      assert.equal((await configuration.get('node1', first))?.text, undefined);
      const one = await configuration.get('node1');
      assert.match(one?.savedAt ?? '', /^\d{4}-.*\.\d{3}Z$/);
      const { savedAt } = one ?? {};
      assert.deepEqual(one, {
        revision: host,
        host: 'node1',
        text: '# node1\n',
        savedAt,
        savedBy: 'maria',
        comment: 'hot',
        errors: 0,
        warnings: 2,
      });
      assert.deepEqual(
        (await configuration.files()).map(each => [each.host, each.revision, each.errors]),
        [
          [null, second, 1],
          ['node1', host, 0],
        ],
      );
      assert.deepEqual(
        (await configuration.files(host)).map(each => each.revision),
        [first, host],
      );
      assert.deepEqual(
        (await configuration.list(null, { limit: 1 })).map(each => each.revision),
        [second],
      );
      assert.deepEqual(
        (await configuration.list(null, { limit: 9, after: second })).map(each => each.revision),
        [first],
      );
      assert.deepEqual(await wantedLayers(configuration, 'node1', second), [
        { name: 'instance-ha.conf', text: text(6) },
        { name: 'hosts/node1/instance-ha.conf', text: '# node1\n' },
      ]);
      assert.deepEqual(await wantedLayers(configuration, 'node2', 0), []);
    },
  },
  {
    name: 'of two who save the same file at once one is told who was before, and nothing is lost',
    async check({ stores }) {
      const first = await saved(stores);
      const both = await Promise.all([
        stores.configuration.save(file({ text: text(7), expected: first }), by('maria')),
        stores.configuration.save(file({ text: text(8), expected: first }), by('jan')),
      ]);
      assert.equal(both.filter(({ ok }) => ok).length, 1);
      const [won, lost] = both[0].ok ? both : [both[1], both[0]];
      assert.deepEqual(lost.record, won.record);
      assert.deepEqual(await stores.configuration.get(null), won.record);
      // Another file is another matter.
      await saved(stores, { host: 'node1' });
    },
  },
  {
    name: 'a save is in the audit and in the feed; the same text again is no save',
    async check({ stores }) {
      const changes = [{ field: 'DEFAULT.instance_check_interval', before: '30', after: '5' }];
      const feed = await listen(stores, ({ kind }) => kind === 'configuration');
      const revision = await saved(stores, { changes, comment: 'quicker', errors: 1 });
      const [change] = await feed.heard;
      feed.stop();
      assert.equal(change?.subject, 'instance-ha.conf');
      assert.deepEqual(change?.data, { revision, by: 'maria', draft: true });
      assert.equal(await saved(stores, { expected: revision, comment: 'again' }), revision);
      const [line, ...others] = await stores.audit.list({ targetType: 'configuration' }, { limit: 9 });
      assert.deepEqual(others, []);
      assert.equal(line?.action, 'save');
      assert.equal(line?.reason, 'quicker');
      assert.deepEqual(line?.changes, changes);
      assert.deepEqual(line?.target, {
        type: 'configuration',
        id: String(revision),
        name: 'instance-ha.conf',
      });
    },
  },
  {
    name: 'a text of a megabyte comes back as it went in',
    async check({ stores }) {
      const long = `# ${'ä\t\u{1F600}'.repeat(262_000)}\r\n`;
      await saved(stores, { text: long });
      assert.ok((await stores.configuration.get(null))?.text === long);
    },
  },
];

const operation = (told: Partial<NewOperation> = {}): NewOperation => ({
  revision: 3,
  hosts: null,
  onFailure: 'stop',
  atOnce: 1,
  answerWithinMs: 60_000,
  comment: 'quicker',
  rows: ['node1', 'node2'].map(host => ({ host, service: 'monitor' as const, before: 1 })),
  ...told,
});

async function started(stores: Stores, told: Partial<NewOperation> = {}): Promise<number> {
  const begun = await stores.operations.start(operation(told), by('maria'));
  if (!begun.ok) throw new Error('another one runs');
  return begun.record.id;
}

const says = (host: string, wanted: number, told: Partial<RunningReport> = {}): RunningReport => ({
  service: 'monitor',
  name: host,
  host,
  version: '1.2.3',
  wanted,
  running: wanted,
  state: 'applied',
  error: null,
  ...told,
});

const step = (stores: Stores, id: number) =>
  stores.operations.advance(id, ({ operation, rows, members }) => advance(operation, rows, members));
const states = async (stores: Stores, id: number): Promise<string[]> =>
  (await stores.operations.rows(id)).map(({ host, state }) => `${host} ${state}`);

export const operationCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'one operation runs at a time',
    async check({ stores }) {
      const id = await started(stores);
      const refused = await stores.operations.start(operation(), by('jan'));
      assert.equal(refused.ok, false);
      assert.equal(refused.record.id, id);
      const both = await Promise.all([step(stores, id), step(stores, id)]);
      assert.equal(both[0]?.id, id);
      assert.equal(await step(stores, id + 1), undefined);
    },
  },
  {
    name: 'an operation follows what the services report, and says what hosts are to run',
    async check({ stores }) {
      const id = await started(stores);
      assert.deepEqual(await stores.operations.open(), [id]);
      assert.equal(await stores.configuration.wanted('node1'), undefined);
      await step(stores, id);
      assert.deepEqual(await states(stores, id), ['node1 applying', 'node2 pending']);
      assert.equal(await stores.configuration.wanted('node1'), 3);
      assert.equal(await stores.configuration.wanted('node2'), undefined);
      await stores.services.reported(says('node1', 3));
      await step(stores, id);
      await stores.services.reported(says('node2', 3));
      const ended = await step(stores, id);
      assert.deepEqual(ended?.counts, { applied: 2 });
      assert.equal(ended?.state, 'finished');
      assert.match(ended?.endedAt ?? '', /Z$/);
      assert.equal(await stores.configuration.applied(), 3);
      assert.equal(await stores.configuration.wanted('node9'), 3);
      assert.deepEqual(await stores.operations.open(), []);
      assert.deepEqual(await stores.operations.get(id), ended);
      assert.deepEqual(await stores.operations.list({ state: 'finished' }, { limit: 9 }), [ended]);
      assert.deepEqual(await stores.operations.list({ state: 'running' }, { limit: 9 }), []);
      const [row] = await stores.operations.rows(id);
      assert.match(row?.toldAt ?? '', /Z$/);
      assert.equal(row?.before, 1);
      assert.equal(row?.running, 3);
    },
  },
  {
    name: 'what a host was told of its own goes when all are told',
    async check({ stores }) {
      const only = await started(stores, {
        hosts: ['node1'],
        revision: 2,
        rows: [operation().rows[0] as never],
      });
      await step(stores, only);
      await stores.services.reported(says('node1', 2));
      await step(stores, only);
      assert.equal(await stores.configuration.wanted('node1'), 2);
      assert.deepEqual(await stores.configuration.wantedOf(['node2', 'node1']), [undefined, 2]);
      assert.equal(await stores.configuration.applied(), undefined);
      const all = await started(stores, { rows: [] });
      await step(stores, all);
      assert.equal(await stores.configuration.wanted('node1'), 3);
      assert.deepEqual(await stores.configuration.wantedOf(['node2', 'node1']), [3, 3]);
      assert.deepEqual(await stores.configuration.wantedOf([]), []);
    },
  },
  {
    name: 'a host that does not answer in time is told as such, and heard when it is back',
    async check({ stores, elapse }) {
      const id = await started(stores, { atOnce: 2 });
      await step(stores, id);
      await stores.services.reported(says('node1', 3));
      await step(stores, id);
      await elapse(61_000);
      await stores.services.reported(says('node1', 3));
      assert.equal((await step(stores, id))?.state, 'finished');
      assert.deepEqual(await states(stores, id), ['node1 applied', 'node2 not-answering']);
      assert.deepEqual(await stores.operations.open(), [id]);
      await stores.services.reported(says('node2', 3));
      await step(stores, id);
      assert.deepEqual(await states(stores, id), ['node1 applied', 'node2 applied']);
    },
  },
  {
    name: 'an operation is in the feed at every turn, and in the audit with whoever asked',
    async check({ stores }) {
      const feed = await listen(stores, ({ data }) => (data as { state: string }).state === 'cancelled');
      const id = await started(stores);
      await step(stores, id);
      const cancel = (): Advance => ({
        rows: [],
        targets: [],
        end: { state: 'cancelled', message: 'enough' },
      });
      const ended = await stores.operations.advance(id, cancel, { ...by('jan'), action: 'cancel' });
      assert.equal(ended?.message, 'enough');
      const changes = await feed.heard;
      feed.stop();
      assert.ok(changes.every(({ kind, subject }) => kind === 'operation' && subject === String(id)));
      assert.deepEqual(
        changes.map(({ data }) => data),
        [
          { state: 'running' },
          { state: 'running', row: { host: 'node1', service: 'monitor', state: 'applying' } },
          { state: 'cancelled' },
        ],
      );
      const lines = await stores.audit.list({ targetType: 'operation' }, { limit: 9 });
      assert.deepEqual(
        lines.map(({ action, initiator, reason }) => [action, initiator.name, reason]),
        [
          ['cancel', 'jan', null],
          ['reconfigure', 'maria', 'quicker'],
        ],
      );
    },
  },
];

export const configurationRetentionCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'operations go with time, and saves that no host is to run any more; what hosts run stays, and drafts since',
    async check({ stores, elapse }) {
      const revisions: number[] = [];
      for (const seconds of [5, 6, 7, 8])
        revisions.push(await saved(stores, { text: text(seconds), expected: revisions.at(-1) ?? 0 }));
      const [, , third = 0, fourth] = revisions;
      const host = await saved(stores, { host: 'node1', text: text(9) });
      await elapse(2 * 86_400_000);
      const all = { olderThanDays: 1, limit: 100 };
      await stores.purge(all);
      assert.equal((await stores.configuration.list(null, { limit: 9 })).length, 4); // Nobody ever said what to run.
      const id = await started(stores, { revision: third, rows: [] });
      await step(stores, id);
      await elapse(2 * 86_400_000);
      await stores.purge(all);
      assert.deepEqual(await stores.operations.list({}, { limit: 9 }), []);
      assert.deepEqual(
        (await stores.configuration.list(null, { limit: 9 })).map(({ revision }) => revision),
        [fourth, third],
      );
      assert.equal((await stores.configuration.get('node1'))?.revision, host);
      assert.equal(await stores.configuration.wanted('node1'), third);
    },
  },
];

export const serviceCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a service is known since it asked, and by what it reported last',
    async check({ stores: { services } }) {
      const asking = { service: 'worker', name: 'node1-7', host: 'node1', version: '1.2.3' } as const;
      await services.asked(asking);
      const [first] = await services.list();
      const unsaid = { wanted: null, running: null, state: null, error: null };
      assert.deepEqual(first, { ...asking, ...unsaid, seenAt: first?.seenAt });
      assert.match(first?.seenAt ?? '', /Z$/);
      await services.reported(says('node1', 3));
      const failed = { ...asking, wanted: 4, running: 3, state: 'failed', error: 'no' } as const;
      await services.reported(failed);
      await services.asked({ ...asking, version: '1.2.4' });
      const [monitor, worker] = await services.list();
      assert.deepEqual(monitor, { ...says('node1', 3), seenAt: monitor?.seenAt });
      assert.deepEqual(worker, { ...failed, version: '1.2.4', seenAt: worker?.seenAt });
      await services.left({ service: 'worker', name: 'node1-7' });
      await services.left({ service: 'monitor', name: 'nobody' });
      assert.deepEqual(
        (await services.list()).map(({ name }) => name),
        ['node1'],
      );
    },
  },
  {
    name: 'a process that another one took the place of is forgotten in the end, and no other',
    async check({ stores: { services }, elapse }) {
      await services.reported(says('node1', 3, { service: 'worker', name: 'node1-7' }));
      await services.reported(says('node2', 3, { service: 'worker', name: 'node2-7' }));
      await elapse(serviceForgottenAfterMs + 1000);
      await services.asked({ service: 'worker', name: 'node1-8', host: 'node1', version: '1' });
      assert.deepEqual(
        (await services.list()).map(({ name }) => name),
        ['node1-8', 'node2-7'],
      );
    },
  },
];
