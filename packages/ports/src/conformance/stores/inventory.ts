import assert from 'node:assert/strict';
import type { Actor } from '../../audit.ts';
import type { HostRecord, NewHost, NewSegment, SegmentRecord, Written } from '../../inventory.ts';
import type { Stores } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { hostileTexts } from './notifications.ts';
import { claimOne, crash, type StoresWorld } from './world.ts';

export const actor: Actor = {
  initiator: { id: 'u1', name: 'ada', project: 'p1' },
  requestId: 'req-1',
  reason: 'because',
};
const isoMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const nobody = 'dddddddd-0000-4000-8000-00000000000d';

export const segment = (told: Partial<NewSegment> = {}): NewSegment => ({
  name: 'rack1',
  description: null,
  serviceType: 'COMPUTE',
  recoveryMethod: 'auto',
  enabled: true,
  ...told,
});

export async function made<Row>(written: Promise<Written<Row, string>>): Promise<Row> {
  const answer = await written;
  assert.ok(answer.ok, `expected it to be written, found ${answer.ok ? '' : answer.why}`);
  return answer.record;
}

const refused = async (written: Promise<Written<unknown, string>>): Promise<string> => {
  const answer = await written;
  return answer.ok ? 'written' : answer.why;
};

let hosts = 0;
export function host(segmentUuid: string, told: Partial<NewHost> = {}): NewHost {
  hosts += 1;
  return {
    uuid: `eeeeeeee-0000-4000-8000-${hosts.toString(16).padStart(12, '0')}`,
    name: 'node1',
    segmentUuid,
    type: 'COMPUTE',
    reserved: false,
    onMaintenance: false,
    sealedControlAttributes: 'sealed:SSH',
    ...told,
  };
}

/** Three segments and three hosts of the first, named after letters. */
async function threeOfEach(stores: Stores): Promise<{ segments: SegmentRecord[]; hosts: HostRecord[] }> {
  const segments: SegmentRecord[] = [];
  for (const told of [
    { name: 'b', description: null, recoveryMethod: 'auto' },
    { name: 'a', description: 'zz', recoveryMethod: 'rh_priority' },
    { name: 'c', description: 'aa', recoveryMethod: 'auto', enabled: false },
  ] as const)
    segments.push(await made(stores.segments.create(segment(told), actor)));
  const [first] = segments;
  const found: HostRecord[] = [];
  for (const told of [
    { name: 'nb', reserved: true },
    { name: 'na', type: 'OTHER' },
    { name: 'nc', onMaintenance: true },
  ])
    found.push(await made(stores.hosts.create(host(first?.uuid ?? '', told), actor)));
  return { segments, hosts: found };
}

export const segmentCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a segment comes back as it was made, and as it was changed',
    async check({ stores }) {
      const created = await made(stores.segments.create(segment({ description: 'first rack' }), actor));
      assert.deepEqual(
        { ...created, uuid: '', createdAt: '' },
        {
          id: created.id,
          uuid: '',
          ...segment({ description: 'first rack' }),
          createdAt: '',
          updatedAt: null,
        },
      );
      assert.match(created.createdAt, isoMs);
      assert.deepEqual(await stores.segments.get(created.uuid), created);
      const updated = await made(
        stores.segments.update(created.uuid, { enabled: false, description: null }, actor),
      );
      assert.deepEqual({ ...updated, updatedAt: null }, { ...created, enabled: false, description: null });
      assert.match(updated.updatedAt ?? '', isoMs);
      assert.deepEqual(await stores.segments.get(created.uuid), updated);
      assert.deepEqual(await made(stores.segments.remove(created.uuid, actor)), updated);
      assert.equal(await stores.segments.get(created.uuid), undefined);
    },
  },
  {
    name: 'a segment has a name of its own, also of many made at once; a name is free again when its segment is gone',
    async check({ stores }) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => stores.segments.create(segment(), actor)),
      );
      assert.equal(answers.filter(({ ok }) => ok).length, 1);
      assert.equal(await refused(stores.segments.create(segment(), actor)), 'name-taken');
      const other = await made(stores.segments.create(segment({ name: 'rack2' }), actor));
      assert.equal(await refused(stores.segments.update(other.uuid, { name: 'rack1' }, actor)), 'name-taken');
      assert.equal((await made(stores.segments.update(other.uuid, { name: 'rack2' }, actor))).name, 'rack2');
      await made(stores.segments.remove(other.uuid, actor));
      const again = await made(stores.segments.create(segment({ name: 'rack2' }), actor));
      assert.ok(again.id > other.id, 'ids are not given twice');
    },
  },
  {
    name: 'what is no UUID, or nobody’s, is no segment and no host, and cannot be changed',
    async check({ stores }) {
      for (const uuid of ['', 'x', "' or true --", nobody, '\0']) {
        assert.equal(await stores.segments.get(uuid), undefined);
        assert.equal(await stores.hosts.get(uuid), undefined);
        assert.equal(await stores.segments.idOf(uuid), undefined);
        assert.equal(await stores.hosts.idOf(uuid), undefined);
        assert.equal(await refused(stores.segments.update(uuid, { name: 'n' }, actor)), 'not-found');
        assert.equal(await refused(stores.hosts.update(uuid, { name: 'n' }, actor)), 'not-found');
        assert.equal(await refused(stores.segments.remove(uuid, actor)), 'not-found');
        assert.equal(await refused(stores.hosts.remove(uuid, actor)), 'not-found');
        assert.equal(await refused(stores.hosts.create(host(uuid), actor)), 'no-segment');
        assert.deepEqual(await stores.hosts.list({ segmentUuid: uuid }, { limit: 10 }), []);
      }
      assert.equal(await stores.hosts.byName('\0'), undefined);
      assert.equal(await stores.segments.idOf('99999999999999999999'), undefined);
    },
  },
  {
    name: 'segments are filtered, put in order by any key, and paged in that order',
    async check({ stores }) {
      const { segments } = await threeOfEach(stores);
      const names = async (
        filter: Parameters<typeof stores.segments.list>[0],
        page: Partial<Parameters<typeof stores.segments.list>[1]> = {},
      ) => (await stores.segments.list(filter, { limit: 10, ...page })).map(({ name }) => name).join('');
      assert.equal(await names({}), 'cab', 'newest first');
      assert.equal(await names({ enabled: true }), 'ab');
      assert.equal(await names({ recoveryMethod: 'auto' }), 'cb');
      assert.equal(await names({ name: 'a', serviceType: 'COMPUTE' }), 'a');
      assert.equal(await names({ serviceType: 'other' }), '');
      const sort = [{ key: 'name', direction: 'asc' }] as const;
      assert.equal(await names({}, { sort }), 'abc');
      assert.equal(await names({}, { sort, limit: 1, after: segments[1]?.id }), 'b');
      assert.equal(
        await names({}, { sort: [{ key: 'name', direction: 'desc' }], after: segments[2]?.id }),
        'ba',
      );
      assert.equal(
        await names({}, { sort: [{ key: 'description', direction: 'asc' }] }),
        'bca',
        'null first',
      );
      assert.equal(await names({}, { sort: [{ key: 'description', direction: 'desc' }] }), 'acb');
      const both = [
        { key: 'recoveryMethod', direction: 'desc' },
        { key: 'id', direction: 'asc' },
      ] as const;
      assert.equal(await names({}, { sort: both }), 'abc');
      assert.equal(await names({}, { sort: both, after: segments[1]?.id }), 'bc');
      assert.equal(
        await names({}, { sort: [{ key: 'updatedAt', direction: 'asc' }] }),
        'cab',
        'equal ones by id',
      );
      assert.equal(await names({}, { sort, after: 987_654 }), '', 'after nothing comes nothing');
      assert.equal(await stores.segments.idOf(String(segments[0]?.id)), segments[0]?.id);
      assert.equal(await stores.segments.idOf(segments[0]?.uuid ?? ''), segments[0]?.id);
    },
  },
];

export const hostCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a host comes back as it was made, and as it was changed; it goes with its segment',
    async check({ stores }) {
      const { uuid: segmentUuid } = await made(stores.segments.create(segment(), actor));
      const given = host(segmentUuid);
      const created = await made(stores.hosts.create(given, actor));
      assert.deepEqual(
        { ...created, createdAt: '' },
        { ...given, id: created.id, createdAt: '', updatedAt: null },
      );
      assert.deepEqual(await stores.hosts.get(given.uuid), created);
      assert.deepEqual(await stores.hosts.byName('node1'), created);
      const change = { type: '', reserved: true, onMaintenance: true, sealedControlAttributes: 'sealed:X' };
      const updated = await made(stores.hosts.update(given.uuid, change, actor));
      assert.deepEqual({ ...updated, updatedAt: null }, { ...created, ...change });
      await made(stores.segments.remove(segmentUuid, actor));
      assert.equal(await stores.hosts.get(given.uuid), undefined);
    },
  },
  {
    name: 'the name of a host is its own over all segments',
    async check({ stores }) {
      const one = await made(stores.segments.create(segment(), actor));
      const two = await made(stores.segments.create(segment({ name: 'rack2' }), actor));
      await made(stores.hosts.create(host(one.uuid), actor));
      assert.equal(await refused(stores.hosts.create(host(two.uuid), actor)), 'name-taken');
      const other = await made(stores.hosts.create(host(two.uuid, { name: 'node2' }), actor));
      assert.equal(await refused(stores.hosts.update(other.uuid, { name: 'node1' }, actor)), 'name-taken');
    },
  },
  {
    name: 'hosts are filtered, put in order and paged',
    async check({ stores }) {
      const { segments, hosts } = await threeOfEach(stores);
      const names = async (
        filter: Parameters<typeof stores.hosts.list>[0],
        page: Partial<Parameters<typeof stores.hosts.list>[1]> = {},
      ) => (await stores.hosts.list(filter, { limit: 10, ...page })).map(({ name }) => name[1]).join('');
      assert.equal(await names({}), 'cab');
      assert.equal(await names({ segmentUuid: segments[0]?.uuid ?? '' }), 'cab');
      assert.equal(await names({ segmentUuid: segments[1]?.uuid ?? '' }), '');
      assert.equal(await names({ reserved: true }), 'b');
      assert.equal(await names({ onMaintenance: false, type: 'COMPUTE' }), 'b');
      assert.equal(await names({ name: 'na' }), 'a');
      const sort = [{ key: 'reserved', direction: 'desc' }] as const;
      assert.equal(await names({}, { sort }), 'bca');
      assert.equal(await names({}, { sort, limit: 1, after: hosts[0]?.id }), 'c');
      assert.equal(
        await names({}, { sort: [{ key: 'segmentUuid', direction: 'asc' }], after: hosts[1]?.id }),
        'b',
      );
    },
  },
  {
    name: 'a host with an open notification is in use, and nobody else for it; the recovery itself may change it',
    async check({ stores }) {
      const { uuid } = await made(stores.segments.create(segment(), actor));
      const busy = await made(stores.hosts.create(host(uuid), actor));
      const idle = await made(stores.hosts.create(host(uuid, { name: 'node2' }), actor));
      const filed = await stores.notifications.file(crash({ host: 'node1' }), { name: 'm' });
      assert.equal(filed.record.sourceHostUuid, busy.uuid);
      assert.equal(filed.record.failoverSegmentUuid, uuid);
      assert.equal(await refused(stores.hosts.update(busy.uuid, { reserved: true }, actor)), 'in-use');
      assert.equal(await refused(stores.hosts.remove(busy.uuid, actor)), 'in-use');
      assert.equal(
        await refused(stores.segments.update(uuid, { recoveryMethod: 'rh_priority' }, actor)),
        'in-use',
      );
      assert.equal(await refused(stores.segments.remove(uuid, actor)), 'in-use');
      await made(stores.segments.update(uuid, { enabled: false, name: 'x', recoveryMethod: 'auto' }, actor));
      await made(stores.hosts.update(idle.uuid, { reserved: true }, actor));
      await made(stores.hosts.update(busy.uuid, { onMaintenance: true }, actor, { evenInUse: true }));

      const claim = await claimOne(stores);
      assert.equal(await refused(stores.hosts.remove(busy.uuid, actor)), 'in-use');
      await stores.recoveries.end(claim, [], { status: 'error', message: 'again', retryInMs: 0 });
      assert.equal(await refused(stores.hosts.remove(busy.uuid, actor)), 'in-use', 'it will be tried again');
      await stores.recoveries.end(await claimOne(stores), [], { status: 'finished', message: 'done' });
      await made(stores.hosts.remove(busy.uuid, actor));
      await made(stores.segments.remove(uuid, actor));
      const kept = await stores.notifications.get(filed.record.uuid);
      assert.deepEqual([kept?.sourceHostUuid, kept?.failoverSegmentUuid], [busy.uuid, uuid], 'what was, was');
    },
  },
  {
    name: 'a notification knows its host and segment, or that it had none, and is found by them',
    async check({ stores }) {
      const { uuid } = await made(stores.segments.create(segment(), actor));
      const known = await made(stores.hosts.create(host(uuid), actor));
      const first = await stores.notifications.file(crash({ host: 'node1', sequence: 1 }), { name: 'm' });
      const second = await stores.notifications.file(crash({ host: 'node9', sequence: 2 }), { name: 'm' });
      assert.deepEqual([second.record.sourceHostUuid, second.record.failoverSegmentUuid], [null, null]);
      const found = async (filter: Parameters<typeof stores.notifications.list>[0]) =>
        (await stores.notifications.list(filter, { limit: 10 })).map(record => record.uuid);
      assert.deepEqual(await found({ sourceHostUuid: known.uuid }), [first.record.uuid]);
      assert.deepEqual(await found({ sourceHostUuid: null }), [second.record.uuid]);
      assert.deepEqual(await found({ sourceHostUuid: nobody }), []);
      assert.deepEqual(await found({ sourceHostUuid: 'x' }), []);
      const sort = [{ key: 'sourceHostUuid', direction: 'asc' }] as const;
      const inOrder = await stores.notifications.list({}, { limit: 10, sort });
      assert.deepEqual(
        inOrder.map(record => record.uuid),
        [second.record.uuid, first.record.uuid],
      );
      const after = await stores.notifications.list({}, { limit: 10, sort, after: second.record.id });
      assert.deepEqual(
        after.map(record => record.uuid),
        [first.record.uuid],
      );
      assert.equal(await stores.notifications.idOf(second.record.uuid), second.record.id);
      assert.equal(await stores.notifications.idOf(String(second.record.id)), second.record.id);
      assert.equal(await stores.notifications.idOf('0'), undefined);
    },
  },
  {
    name: 'a reserved host is leased to one recovery, which may ask again; another, or an operator, ends it',
    async check({ stores }) {
      const { uuid } = await made(stores.segments.create(segment(), actor));
      const spare = await made(stores.hosts.create(host(uuid, { name: 'spare', reserved: true }), actor));
      const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
      const isReserved = async () => (await stores.hosts.byName('spare'))?.reserved;
      assert.equal(await stores.hosts.endLease('spare', one, actor), false);
      const [byOne, byTwo] = await Promise.all([
        stores.hosts.lease('spare', one, actor),
        stores.hosts.lease('spare', two, actor),
      ]);
      assert.notEqual(byOne, byTwo);
      const [first, second] = byOne ? [one, two] : [two, one];
      assert.equal(await isReserved(), false);
      assert.equal(await stores.hosts.lease('spare', first, actor), true);
      assert.equal(await stores.hosts.lease('spare', second, actor), false);
      assert.equal(await stores.hosts.endLease('spare', second, actor), false);
      assert.equal(await stores.hosts.endLease('spare', first, actor), true);
      assert.equal(await isReserved(), true);
      assert.equal(await stores.hosts.lease('spare', second, actor), true);
      await made(stores.hosts.update(spare.uuid, { reserved: false }, actor, { evenInUse: true }));
      assert.equal(await stores.hosts.endLease('spare', second, actor), false);
      assert.equal(await stores.hosts.lease('spare', first, actor), false);
      assert.equal(await stores.hosts.lease('nobody', first, actor), false);
      const told = await stores.audit.list({ targetId: spare.uuid, action: 'update' }, { limit: 10 });
      assert.equal(told.length, 3);
    },
  },
  {
    name: 'a seal is replaced only where it is still the one that was read',
    async check({ stores }) {
      const { uuid: segmentUuid } = await made(stores.segments.create(segment(), actor));
      const before = await made(stores.hosts.create(host(segmentUuid), actor));
      assert.equal(await stores.hosts.reseal(before.uuid, 'sealed:other', 'sealed:new'), false);
      assert.equal(await stores.hosts.reseal(nobody, 'sealed:SSH', 'sealed:new'), false);
      assert.equal(await stores.hosts.reseal(before.uuid, 'sealed:SSH', 'sealed:new'), true);
      assert.deepEqual(await stores.hosts.get(before.uuid), {
        ...before,
        sealedControlAttributes: 'sealed:new',
      });
    },
  },
  {
    name: 'hostile text in segments and hosts comes back as it was, but for what is no character',
    async check({ stores }) {
      for (const hostile of hostileTexts) {
        const kept = hostile.replaceAll('\0', '\ufffd').toWellFormed();
        const one = await made(
          stores.segments.create(segment({ name: hostile, description: hostile }), actor),
        );
        assert.deepEqual([one.name, one.description], [kept, kept]);
        const { name, type } = await made(
          stores.hosts.create(host(one.uuid, { name: hostile, type: hostile }), actor),
        );
        assert.deepEqual([name, type], [kept, kept]);
        const found = await stores.hosts.list({ name: hostile }, { limit: 10 });
        assert.equal(found.length, hostile === kept ? 1 : 0);
      }
    },
  },
];
