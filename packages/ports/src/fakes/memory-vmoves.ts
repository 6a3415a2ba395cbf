import type { VmoveRecord, VmoveStore } from '../inventory.ts';
import { copy, type MemoryDatabase, storableRow, uuidOf } from './memory-database.ts';
import { changed, fits, idOf, pageOf } from './memory-pages.ts';

export function memoryVmoves(database: MemoryDatabase): VmoveStore {
  const find = (uuid: string) => database.vmoves.find(move => move.uuid === uuid);
  return {
    async plan(notificationUuid, moves) {
      await database.enter();
      if (!database.notifications.some(({ record }) => record.uuid === notificationUuid)) return undefined;
      const made = moves.map((move): VmoveRecord => {
        const id = database.nextId('vmove');
        return {
          ...storableRow(move),
          id,
          uuid: uuidOf(id, 3),
          notificationUuid,
          destHost: null,
          startTime: null,
          endTime: null,
          status: 'pending',
          message: null,
          createdAt: database.now(),
          updatedAt: null,
        };
      });
      database.vmoves.push(...made);
      return copy(made);
    },
    async update(uuid, change) {
      await database.enter();
      const before = find(uuid);
      if (!before) return undefined;
      const after = { ...changed(before, change), updatedAt: database.now() };
      database.vmoves = database.vmoves.map(move => (move === before ? after : move));
      return copy(after);
    },
    async get(uuid) {
      await database.enter();
      return copy(find(uuid));
    },
    async list(filter, page) {
      await database.enter();
      return pageOf(database.vmoves, move => fits(move, filter), page);
    },
    async idOf(reference) {
      await database.enter();
      return idOf(database.vmoves, reference);
    },
  };
}
