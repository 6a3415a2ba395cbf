import type { ApiClient } from '@instance-ha/contracts/client';
import { ApiError } from '@instance-ha/contracts/client';
import type { RecoveryMethod } from '@instance-ha/notification';
import type { PlanItem } from './plan.ts';

/** What became of one item: `created`, or as planned, or `failed` with the API's words in `why`. */
export type Applied = {
  thing: PlanItem['thing'];
  name: string;
  segment: string;
  action: string;
  why: string;
};

const reason = 'imported from Masakari';

/**
 * Makes what is to be made, in order. An item that the API refuses is told and the others go on; an API that is away ends it:
 * run again, it goes on where it was. Rejects with `ApiError` then.
 */
export async function apply(
  items: readonly PlanItem[],
  { api, segmentUuids, signal }: { api: ApiClient; segmentUuids: Map<string, string>; signal: AbortSignal },
): Promise<Applied[]> {
  const applied: Applied[] = [];
  for (const item of items) {
    const told = toldOf(item);
    if (item.action !== 'create') {
      applied.push(told);
      continue;
    }
    try {
      await create(item, { api, segmentUuids, signal });
      applied.push({ ...told, action: 'created' });
    } catch (error) {
      if (!ApiError.isInstance(error) || error.retryable) throw error;
      if (error.code === 'forbidden' || error.code === 'unauthenticated') throw error; // So will all others be.
      applied.push({ ...told, action: 'failed', why: error.message });
    }
  }
  return applied;
}

export const toldOf = (item: PlanItem): Applied => ({
  thing: item.thing,
  name: item.name,
  segment: item.thing === 'host' ? item.segmentName : item.name,
  action: item.action,
  why: item.why,
});

async function create(
  item: PlanItem,
  { api, segmentUuids, signal }: { api: ApiClient; segmentUuids: Map<string, string>; signal: AbortSignal },
): Promise<void> {
  if (item.thing === 'segment') {
    const { name, description, serviceType, recoveryMethod, enabled } = item.segment;
    const { body } = await api.v2.segments.create({
      body: {
        name,
        description,
        serviceType,
        recoveryMethod: recoveryMethod as RecoveryMethod, // The plan refuses any other.
        enabled,
        reason,
      },
      signal,
    });
    segmentUuids.set(name, body.segment.uuid);
    return;
  }
  const segmentUuid = segmentUuids.get(item.segmentName);
  if (segmentUuid === undefined)
    throw new ApiError({ code: 'refused', message: `its segment ${item.segmentName} could not be made` });
  const { name, type, reserved, onMaintenance, controlAttributes } = item.host;
  await api.v2.hosts.create({
    body: { name, segmentUuid, type, reserved, onMaintenance, controlAttributes, reason },
    signal,
  });
}
