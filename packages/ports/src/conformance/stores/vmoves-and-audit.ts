import assert from 'node:assert/strict';
import type { NewAuditEvent } from '../../audit.ts';
import type { NewVmove } from '../../inventory.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { actor, host, made, segment } from './inventory.ts';
import { claimOne, crash, instanceA, instanceB, instanceC, type StoresWorld } from './world.ts';

const by = { name: 'm' };
const dayMs = 86_400_000;
const nobody = 'dddddddd-0000-4000-8000-00000000000d';
const move = (instanceUuid: string, told: Partial<NewVmove> = {}): NewVmove => ({
  instanceUuid,
  instanceName: `name-of-${instanceUuid}`,
  sourceHost: 'node1',
  type: 'evacuation',
  ...told,
});

export const vmoveCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'moves are planned together, change one by one, and are found by what they are',
    async check({ stores }) {
      const { record } = await stores.notifications.file(crash(), by);
      const planned = await stores.vmoves.plan(record.uuid, [
        move(instanceA),
        move(instanceB, { instanceName: null }),
      ]);
      const [first, second] = planned ?? [];
      assert.ok(first && second);
      assert.ok(first.id < second.id);
      assert.deepEqual(
        { ...second, id: 0, uuid: '', createdAt: '' },
        {
          ...move(instanceB, { instanceName: null }),
          id: 0,
          uuid: '',
          notificationUuid: record.uuid,
          destHost: null,
          startTime: null,
          endTime: null,
          status: 'pending',
          message: null,
          createdAt: '',
          updatedAt: null,
        },
      );
      const change = {
        status: 'succeeded',
        destHost: 'node2',
        startTime: '2026-01-02T03:04:05.000Z',
        endTime: '2026-01-02T03:04:06.001Z',
        message: 'it is there',
      } as const;
      const ended = await stores.vmoves.update(first.uuid, change);
      assert.deepEqual({ ...ended, updatedAt: null }, { ...first, ...change });
      assert.deepEqual(await stores.vmoves.get(first.uuid), ended);
      const found = async (filter: Parameters<typeof stores.vmoves.list>[0]) =>
        (await stores.vmoves.list(filter, { limit: 10 })).map(({ instanceUuid }) => instanceUuid[0]).join('');
      assert.equal(await found({ notificationUuid: record.uuid }), 'ba');
      assert.equal(await found({ notificationUuid: nobody }), '');
      assert.equal(await found({ status: 'pending' }), 'b');
      assert.equal(await found({ instanceUuid: instanceA, type: 'evacuation' }), 'a');
      assert.equal(await found({ type: 'live_migration' }), '');
      const sort = [{ key: 'destHost', direction: 'desc' }] as const;
      const page = await stores.vmoves.list({}, { limit: 1, sort, after: first.id });
      assert.deepEqual(page, [second]);
      assert.equal(await stores.vmoves.idOf(second.uuid), second.id);
    },
  },
  {
    name: 'no moves of a notification that is not there',
    async check({ stores }) {
      for (const uuid of [nobody, 'x', '\0']) {
        assert.equal(await stores.vmoves.plan(uuid, [move(instanceA)]), undefined);
        assert.equal(await stores.vmoves.update(uuid, { status: 'failed' }), undefined);
        assert.equal(await stores.vmoves.get(uuid), undefined);
        assert.deepEqual(await stores.vmoves.list({ notificationUuid: uuid }, { limit: 1 }), []);
      }
    },
  },
  {
    name: 'moves go with their notification',
    async check({ stores, elapse }) {
      const { record } = await stores.notifications.file(crash(), by);
      const [one] = (await stores.vmoves.plan(record.uuid, [move(instanceC)])) ?? [];
      await stores.recoveries.end(await claimOne(stores), [], { status: 'finished', message: 'done' });
      await elapse(40 * dayMs);
      await stores.purge({ olderThanDays: 30, limit: 100 });
      assert.equal(await stores.vmoves.get(one?.uuid ?? ''), undefined);
    },
  },
];

const event = (told: Partial<NewAuditEvent> = {}): NewAuditEvent => ({
  action: 'update',
  outcome: 'failure',
  initiator: { id: null, name: 'bob', project: null },
  target: { type: 'host', id: nobody, name: 'node1' },
  reason: 'in use',
  requestId: 'req-2',
  changes: [],
  ...told,
});

export const auditCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'every change of a segment and a host is in the audit, with what it was and what it is, and without a secret',
    async check({ stores }) {
      const { uuid } = await made(stores.segments.create(segment(), actor));
      const one = await made(
        stores.hosts.create(host(uuid, { sealedControlAttributes: 'sealed:s3cret' }), actor),
      );
      await made(
        stores.hosts.update(
          one.uuid,
          { onMaintenance: true, sealedControlAttributes: 'sealed:0ther' },
          actor,
        ),
      );
      await made(stores.segments.update(uuid, { enabled: true }, actor)); // Changes nothing: not told.
      await made(stores.segments.update(uuid, { enabled: false }, actor));
      await stores.segments.create(segment(), actor); // Refused: whoever refuses it tells.
      await made(stores.segments.remove(uuid, actor));
      const events = await stores.audit.list({}, { limit: 20 });
      assert.deepEqual(
        events
          .toReversed()
          .map(({ action, target, outcome }) => `${action} ${target.type} ${target.name} ${outcome}`),
        [
          'create segment rack1 success',
          'create host node1 success',
          'update host node1 success',
          'update segment rack1 success',
          'delete host node1 success',
          'delete segment rack1 success',
        ],
      );
      const [, , , update] = events;
      assert.deepEqual(
        { ...update, id: 0, at: '' },
        {
          id: 0,
          at: '',
          action: 'update',
          outcome: 'success',
          initiator: actor.initiator,
          requestId: 'req-1',
          reason: 'because',
          target: { type: 'host', id: one.uuid, name: 'node1' },
          changes: [
            { field: 'onMaintenance', before: false, after: true },
            { field: 'controlAttributes', before: '***', after: '***' },
          ],
        },
      );
      assert.doesNotMatch(JSON.stringify(events), /s3cret|0ther|sealed/);
    },
  },
  {
    name: 'what was tried and refused is told too; events are found by every field, newest first, page by page',
    async check({ stores }) {
      await stores.audit.append(event());
      await stores.audit.append(
        event({ action: 'pause', outcome: 'success', target: { type: 'pause', id: null, name: null } }),
      );
      await stores.audit.append(
        event({ initiator: { id: 'x', name: "o'neil \0", project: 'p' }, requestId: 'req-3' }),
      );
      const found = async (filter: Parameters<typeof stores.audit.list>[0]) =>
        (await stores.audit.list(filter, { limit: 10 })).map(({ id }) => id).join('');
      assert.equal(await found({}), '321');
      assert.equal(await found({ action: 'pause' }), '2');
      assert.equal(await found({ outcome: 'failure' }), '31');
      assert.equal(await found({ initiator: 'bob' }), '21');
      assert.equal(await found({ initiator: "o'neil \ufffd" }), '3');
      assert.equal(await found({ targetType: 'host', targetId: nobody }), '31');
      assert.equal(await found({ requestId: 'req-3' }), '3');
      assert.equal(await found({ since: '2000-01-01T00:00:00.000Z', until: '2000-01-02T00:00:00.000Z' }), '');
      assert.equal(await found({ since: '2000-01-01T00:00:00.000Z' }), '321');
      const page = await stores.audit.list({}, { limit: 1, after: 3 });
      assert.deepEqual(
        page.map(({ id }) => id),
        [2],
      );
    },
  },
  {
    name: 'the audit is kept as long as everything else, and no longer',
    async check({ stores, elapse }) {
      await stores.audit.append(event());
      await elapse(20 * dayMs);
      await stores.audit.append(event({ action: 'later' }));
      await elapse(20 * dayMs);
      await stores.purge({ olderThanDays: 30, limit: 100 });
      const left = await stores.audit.list({}, { limit: 10 });
      assert.deepEqual(
        left.map(({ action }) => action),
        ['later'],
      );
    },
  },
];
