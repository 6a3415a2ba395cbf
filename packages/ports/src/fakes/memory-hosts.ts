import type { Actor } from '../audit.ts';
import { auditChanges } from '../audit.ts';
import type { HostRecord, HostStore } from '../inventory.ts';
import { copy, type MemoryDatabase, storableRow } from './memory-database.ts';
import { isInUse, record } from './memory-inventory.ts';
import { changed, fits, idOf, pageOf } from './memory-pages.ts';

export function memoryHosts(database: MemoryDatabase): HostStore {
  /** To the recovery of which notification each host is leased, by its UUID. */
  const leases = new Map<string, string>();
  const put = (before: HostRecord, reserved: boolean, by: Actor): void => {
    const after = { ...before, reserved, updatedAt: database.now() };
    database.hosts = database.hosts.map(host => (host === before ? after : host));
    record(database, { action: 'update', type: 'host', before, after, by });
  };
  const find = (uuid: string) => database.hosts.find(host => host.uuid === uuid);
  const nameTaken = (name: string, except?: string): boolean =>
    database.hosts.some(host => host.name === name && host.uuid !== except);
  return {
    async create(host, by) {
      await database.enter();
      if (!database.segments.some(({ uuid }) => uuid === host.segmentUuid))
        return { ok: false, why: 'no-segment' };
      if (nameTaken(host.name)) return { ok: false, why: 'name-taken' };
      const made: HostRecord = {
        ...storableRow(host),
        id: database.nextId('host'),
        createdAt: database.now(),
        updatedAt: null,
      };
      database.hosts.push(made);
      record(database, { action: 'create', type: 'host', before: undefined, after: made, by });
      return { ok: true, record: copy(made) };
    },
    async get(uuid) {
      await database.enter();
      return copy(find(uuid));
    },
    async byName(name) {
      await database.enter();
      return copy(database.hosts.find(host => host.name === name));
    },
    async list(filter, page) {
      await database.enter();
      return pageOf(database.hosts, host => fits(host, filter), page);
    },
    async idOf(reference) {
      await database.enter();
      return idOf(database.hosts, reference);
    },
    async update(uuid, change, by, { evenInUse = false } = {}) {
      await database.enter();
      const before = find(uuid);
      if (!before) return { ok: false, why: 'not-found' };
      if (!evenInUse && isInUse(database, before)) return { ok: false, why: 'in-use' };
      const after = { ...changed(before, change), updatedAt: database.now() };
      if (nameTaken(after.name, uuid)) return { ok: false, why: 'name-taken' };
      database.hosts = database.hosts.map(host => (host === before ? after : host));
      if (change.reserved !== undefined) leases.delete(uuid);
      if (auditChanges(before, after).length > 0)
        record(database, { action: 'update', type: 'host', before, after, by });
      return { ok: true, record: copy(after) };
    },
    async remove(uuid, by) {
      await database.enter();
      const before = find(uuid);
      if (!before) return { ok: false, why: 'not-found' };
      if (isInUse(database, before)) return { ok: false, why: 'in-use' };
      database.hosts = database.hosts.filter(host => host !== before);
      record(database, { action: 'delete', type: 'host', before, after: undefined, by });
      return { ok: true, record: copy(before) };
    },
    async lease(name, notificationUuid, by) {
      await database.enter();
      const host = database.hosts.find(one => one.name === name);
      if (!host?.reserved) return host !== undefined && leases.get(host.uuid) === notificationUuid;
      put(host, false, by);
      leases.set(host.uuid, notificationUuid);
      return true;
    },
    async endLease(name, notificationUuid, by) {
      await database.enter();
      const host = database.hosts.find(one => one.name === name);
      if (!host || leases.get(host.uuid) !== notificationUuid) return false;
      put(host, true, by);
      leases.delete(host.uuid);
      return true;
    },
    async reseal(uuid, from, to) {
      await database.enter();
      const host = find(uuid);
      if (host?.sealedControlAttributes !== from) return false;
      host.sealedControlAttributes = to;
      return true;
    },
  };
}
