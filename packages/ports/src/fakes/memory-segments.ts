import { type Actor, auditChanges } from '../audit.ts';
import type { SegmentRecord, SegmentStore } from '../inventory.ts';
import { copy, type MemoryDatabase, storableRow, uuidOf } from './memory-database.ts';
import { isInUse, record } from './memory-inventory.ts';
import { changed, fits, idOf, pageOf } from './memory-pages.ts';

export function memorySegments(database: MemoryDatabase): SegmentStore {
  const find = (uuid: string) => database.segments.find(segment => segment.uuid === uuid);
  const nameTaken = (name: string | undefined, except?: string): boolean =>
    database.segments.some(segment => segment.name === name && segment.uuid !== except);
  const inUse = (uuid: string): boolean =>
    database.hosts.some(host => host.segmentUuid === uuid && isInUse(database, host));
  const tell = (
    action: string,
    before: SegmentRecord | undefined,
    after: SegmentRecord | undefined,
    by: Actor,
  ) => record(database, { action, type: 'segment', before, after, by });
  return {
    async create(segment, by) {
      await database.enter();
      if (nameTaken(segment.name)) return { ok: false, why: 'name-taken' };
      const id = database.nextId('segment');
      const made: SegmentRecord = {
        ...storableRow(segment),
        id,
        uuid: uuidOf(id, 1),
        createdAt: database.now(),
        updatedAt: null,
      };
      database.segments.push(made);
      tell('create', undefined, made, by);
      return { ok: true, record: copy(made) };
    },
    async get(uuid) {
      await database.enter();
      return copy(find(uuid));
    },
    async list(filter, page) {
      await database.enter();
      return pageOf(database.segments, segment => fits(segment, filter), page);
    },
    async idOf(reference) {
      await database.enter();
      return idOf(database.segments, reference);
    },
    async update(uuid, change, by) {
      await database.enter();
      const before = find(uuid);
      if (!before) return { ok: false, why: 'not-found' };
      const after = { ...changed(before, change), updatedAt: database.now() };
      const method = (one: SegmentRecord) => `${one.recoveryMethod} ${one.serviceType}`;
      if (method(before) !== method(after) && inUse(uuid)) return { ok: false, why: 'in-use' };
      if (nameTaken(after.name, uuid)) return { ok: false, why: 'name-taken' };
      database.segments = database.segments.map(segment => (segment === before ? after : segment));
      if (auditChanges(before, after).length > 0) tell('update', before, after, by);
      return { ok: true, record: copy(after) };
    },
    async remove(uuid, by) {
      await database.enter();
      const before = find(uuid);
      if (!before) return { ok: false, why: 'not-found' };
      if (inUse(uuid)) return { ok: false, why: 'in-use' };
      for (const host of database.hosts.filter(({ segmentUuid }) => segmentUuid === uuid))
        record(database, { action: 'delete', type: 'host', before: host, after: undefined, by });
      database.hosts = database.hosts.filter(({ segmentUuid }) => segmentUuid !== uuid);
      database.segments = database.segments.filter(segment => segment !== before);
      tell('delete', before, undefined, by);
      return { ok: true, record: copy(before) };
    },
  };
}
