import type { Evacuation, HostInstance } from '@instance-ha/recovery';
import { type NovaMigration, type NovaServer, PowerState } from '../nova/wire.ts';

/** Nova's words for how a migration goes (`nova/compute/manager.py`). A newer word counts as running: it must be looked at again. */
const progressOf = (status: string): Evacuation['progress'] => {
  switch (status) {
    case 'done':
      return 'moved';
    case 'completed':
      return 'cleared'; // Its source has been up again and has removed the remains.
    case 'error':
    case 'failed':
    case 'cancelled':
      return 'failed';
    default:
      return 'running';
  }
};

export const toEvacuation = (migration: NovaMigration): Evacuation => ({
  uuid: migration.uuid,
  instanceUuid: migration.instanceUuid,
  progress: progressOf(migration.status),
  status: migration.status,
  targetHost: migration.destCompute,
  startedAt: inUtc(migration.createdAt),
  updatedAt: migration.updatedAt === null ? null : inUtc(migration.updatedAt),
});

/** Nova writes most instants in UTC without saying so. */
const inUtc = (instant: string): string => (/(Z|[+-]\d\d:?\d\d)$/.test(instant) ? instant : `${instant}Z`);

export const toHostInstance = (server: NovaServer): HostInstance => ({
  instanceUuid: server.id,
  name: server.name,
  vmState: server.vmState,
  taskState: server.taskState,
  running: server.powerState === null ? null : server.powerState === PowerState.RUNNING,
  locked: server.locked,
  lockedReason: server.lockedReason,
  metadata: server.metadata,
});
