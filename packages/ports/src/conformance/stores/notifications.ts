import assert from 'node:assert/strict';
import type { ConformanceCase } from '../conformance-case.ts';
import { claimOne, crash, instanceA, instanceB, instanceC, type StoresWorld } from './world.ts';

const by = { name: 'monitor-of-node1' };
const isoMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export const notificationCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a filed notification comes back as it was filed',
    async check({ stores }) {
      const filed = crash();
      const { record, duplicate } = await stores.notifications.file(filed, by);
      assert.equal(duplicate, false);
      assert.deepEqual(
        {
          ...record,
          id: 0,
          uuid: '',
          acceptedAt: '',
          updatedAt: '',
        },
        {
          id: 0,
          uuid: '',
          incidentKey: filed.incidentKey,
          type: 'COMPUTE_INSTANCE',
          status: 'new',
          host: 'node1',
          sourceHostUuid: null,
          failoverSegmentUuid: null,
          instanceUuid: instanceA,
          instanceName: `name-of-${instanceA}`,
          faultAt: filed.faultAt,
          detectedAt: filed.detectedAt,
          acceptedAt: '',
          updatedAt: '',
          endedAt: null,
          payload: filed.payload,
          evidence: filed.evidence,
          message: null,
          duplicates: 0,
          filedBy: 'monitor-of-node1',
        },
      );
      assert.match(record.acceptedAt, isoMs);
      assert.match(record.uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.deepEqual(await stores.notifications.get(record.uuid), record);
      assert.deepEqual(await stores.notifications.journal(record.uuid), []);
    },
  },
  {
    name: 'one incident is one notification, however often and from however many connections it is filed',
    async check({ stores }) {
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => stores.notifications.file(crash(), by)),
      );
      assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1);
      assert.equal(new Set(answers.map(({ record }) => record.uuid)).size, 1);
      const [only, ...others] = await stores.notifications.list({}, { limit: 10 });
      assert.equal(others.length, 0);
      assert.equal(only?.duplicates, 39);
    },
  },
  {
    name: 'a duplicate changes nothing but the count',
    async check({ stores }) {
      const { record } = await stores.notifications.file(crash(), by);
      const again = { ...crash({ instanceName: 'another-name' }), evidence: null };
      const { record: found, duplicate } = await stores.notifications.file(again, { name: 'somebody-else' });
      assert.equal(duplicate, true);
      assert.deepEqual(found, { ...record, duplicates: 1 });
    },
  },
  {
    name: 'a second incident of the same instance is a second notification',
    async check({ stores }) {
      await stores.notifications.file(crash({ sequence: 1 }), by);
      const { duplicate } = await stores.notifications.file(crash({ sequence: 2 }), by);
      assert.equal(duplicate, false);
      assert.equal((await stores.notifications.list({}, { limit: 10 })).length, 2);
    },
  },
  {
    name: 'hosts and processes fail too, and have no instance',
    async check({ stores }) {
      const common = { faultAt: crash().faultAt, detectedAt: crash().detectedAt, evidence: null };
      const host = await stores.notifications.file(
        {
          ...common,
          incidentKey: 'host/node1/1',
          host: 'node1',
          payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
        },
        by,
      );
      const process = await stores.notifications.file(
        {
          ...common,
          incidentKey: 'process/node1/nova-compute/1',
          host: 'node1',
          payload: { type: 'COMPUTE_PROCESS', event: 'STOPPED', processName: 'nova-compute' },
        },
        by,
      );
      assert.deepEqual(
        [host.record.type, host.record.instanceUuid, host.record.evidence],
        ['COMPUTE_HOST', null, null],
      );
      assert.deepEqual([process.record.type, process.record.instanceName], ['COMPUTE_PROCESS', null]);
    },
  },
  {
    name: 'the list is newest first, and its pages stay stable while rows arrive',
    async check({ stores }) {
      for (let sequence = 1; sequence <= 5; sequence += 1)
        await stores.notifications.file(crash({ sequence }), by);
      const first = await stores.notifications.list({}, { limit: 2 });
      await stores.notifications.file(crash({ sequence: 6 }), by);
      const second = await stores.notifications.list({}, { limit: 2, after: first.at(-1)?.id });
      const third = await stores.notifications.list({}, { limit: 2, after: second.at(-1)?.id });
      const sequences = [first, second, third].map(page =>
        page.map(({ incidentKey }) => incidentKey.at(-1)).join(),
      );
      assert.deepEqual(sequences, ['5,4', '3,2', '1']);
    },
  },
  {
    name: 'each filter finds what it names and nothing else, alone and together',
    async check({ stores }) {
      const tell = (told: Parameters<typeof crash>[0]) => stores.notifications.file(crash(told), by);
      await tell({ instanceUuid: instanceA, host: 'node1', detectedAt: '2026-01-01T00:00:00.000Z' });
      await claimOne(stores); // instance A's becomes running.
      await tell({ instanceUuid: instanceB, host: 'node2', detectedAt: '2026-01-02T00:00:00.000Z' });
      await tell({ instanceUuid: instanceC, host: 'node2', detectedAt: '2026-01-03T00:00:00.000Z' });

      const found = async (filter: Parameters<typeof stores.notifications.list>[0]) =>
        (await stores.notifications.list(filter, { limit: 10 }))
          .map(({ instanceUuid }) => instanceUuid?.[0])
          .join('');
      assert.equal(await found({}), 'cba');
      assert.equal(await found({ type: 'COMPUTE_INSTANCE' }), 'cba');
      assert.equal(await found({ type: 'COMPUTE_HOST' }), '');
      assert.equal(await found({ status: ['running'] }), 'a');
      assert.equal(await found({ status: ['new', 'running'] }), 'cba');
      assert.equal(await found({ status: [] }), '');
      assert.equal(await found({ host: 'node2' }), 'cb');
      assert.equal(await found({ host: 'node' }), '');
      assert.equal(await found({ instance: instanceB }), 'b');
      assert.equal(await found({ instance: `name-of-${instanceC}` }), 'c');
      assert.equal(await found({ instance: 'name-of' }), '');
      assert.equal(await found({ since: '2026-01-02T00:00:00.000Z' }), 'cb');
      assert.equal(await found({ until: '2026-01-02T00:00:00.000Z' }), 'a');
      assert.equal(await found({ host: 'node2', instance: instanceB, status: ['new'] }), 'b');
      assert.equal(await found({ host: 'node1', instance: instanceB }), '');
    },
  },
  {
    name: 'an instance named like the UUID of another is found beside it, each once',
    async check({ stores }) {
      await stores.notifications.file(crash({ instanceUuid: instanceA, instanceName: instanceA }), by);
      await stores.notifications.file(crash({ instanceUuid: instanceB, instanceName: instanceA }), by);
      const found = await stores.notifications.list({ instance: instanceA }, { limit: 10 });
      assert.deepEqual(
        found.map(({ instanceUuid }) => instanceUuid),
        [instanceB, instanceA],
      );
      assert.equal((await stores.notifications.list({ instance: instanceA }, { limit: 1 })).length, 1);
    },
  },
  {
    name: 'what is no UUID, or nobody’s, is not there',
    async check({ stores }) {
      for (const uuid of ['', 'x', "' or true --", instanceC, '\0']) {
        assert.equal(await stores.notifications.get(uuid), undefined);
        assert.deepEqual(await stores.notifications.journal(uuid), []);
      }
    },
  },
  {
    name: 'hostile text comes back as it was, but for NUL and lone surrogates, which become U+FFFD',
    async check({ stores }) {
      for (const [sequence, hostile] of hostileTexts.entries()) {
        const filed = crash({ sequence, instanceName: hostile });
        const evidence = { rule: 'r', summary: hostile, inputs: [], policy: { [`k${hostile}`]: hostile } };
        const { record } = await stores.notifications.file({ ...filed, evidence }, { name: hostile });
        const kept = hostile.replaceAll('\0', '\ufffd').toWellFormed();
        assert.equal(record.instanceName, kept);
        assert.equal(record.filedBy, kept);
        assert.deepEqual(record.evidence, evidence, 'what is kept as JSON keeps every character');
        const found = await stores.notifications.list({ instance: hostile }, { limit: 10 });
        assert.deepEqual(
          found.map(({ uuid }) => uuid),
          hostile === kept ? [record.uuid] : [],
        );
      }
    },
  },
];

export const hostileTexts: readonly string[] = [
  "'; drop table notification; --",
  '"quoted" \\ back\\\\slash \\x00 \\u0000',
  '{"a":1},{NULL},{}',
  'NULL',
  '%s $1 $$x$$ :name ?',
  'zażółć gęślą jaźń 日本語 🛰️ \u202eright-to-left',
  '\n\r\t\u0007\u001b[31m',
  'nul\0inside',
  'lone \ud800 surrogate',
  'x'.repeat(10_000),
];
