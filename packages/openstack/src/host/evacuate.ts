import type { InstanceRef } from '@instance-ha/ports';
import type { EvacuationAnswer } from '@instance-ha/recovery';
import type { Bounds } from '../http/bounds.ts';
import { callBounds } from '../instance/follow.ts';
import { isSameHost } from '../instance/same-host.ts';
import { describe, isGone } from '../instance/sighting.ts';
import type { NovaClient } from '../nova/nova-client.ts';
import type { NovaServer } from '../nova/wire.ts';
import { OpenStackError } from '../openstack-error.ts';

/** `nova/compute/task_states.py`: what an evacuation that goes on looks like. */
const evacuating = ['rebuilding', 'rebuild_block_device_mapping', 'rebuild_spawning'];

/**
 * Asks for one evacuation, once. Nova accepts a second one while the first goes on, and both come to grief: so the server is
 * looked at first. That narrows the gap and does not close it, so whoever asks writes it down before.
 */
export async function evacuate(options: {
  nova: NovaClient;
  ref: InstanceRef;
  target: string | null;
  bounds: Bounds;
}): Promise<EvacuationAnswer> {
  const { nova, ref, target, bounds } = options;
  const seen = await lookFirst(nova, ref, bounds);
  if ('answer' in seen) return seen;
  if (isGone(seen)) return told('no-such-instance', `somebody deleted it: ${describe(seen)}`);
  if (seen.host === null || !isSameHost(seen.host, ref.host))
    return told('moved', `it is on ${seen.host ?? 'no host'} and no longer on ${ref.host}`);
  if (seen.taskState !== null && evacuating.includes(seen.taskState))
    return told('under-way', `it is evacuated or rebuilt already: ${describe(seen)}`);

  try {
    const { requestId } = await nova.evacuateServer(ref.instanceUuid, target, callBounds(bounds));
    return told('accepted', `Nova has accepted it${requestId === null ? '' : ` as ${requestId}`}`);
  } catch (error) {
    if (!OpenStackError.isInstance(error)) throw error;
    return whatBecameOf(error, { target });
  }
}

/** Nothing was asked for yet: whatever goes wrong here leaves no doubt. */
async function lookFirst(
  nova: NovaClient,
  ref: InstanceRef,
  bounds: Bounds,
): Promise<NovaServer | EvacuationAnswer> {
  try {
    return await nova.showServer(ref.instanceUuid, callBounds(bounds));
  } catch (error) {
    if (!OpenStackError.isInstance(error)) throw error;
    if (error.code === 'not-found') return told('no-such-instance', `Nova has no server ${ref.instanceUuid}`);
    if (error.code === 'aborted') throw error;
    return told('failed', error.message);
  }
}

function whatBecameOf(error: OpenStackError, { target }: { target: string | null }): EvacuationAnswer {
  const detail = error.message;
  switch (error.code) {
    case 'not-found': // An unknown target and an unknown server alike: the words tell which.
      return /compute host/i.test(error.serviceMessage ?? '') && target !== null
        ? told('no-such-target', detail)
        : told('no-such-instance', detail);
    case 'bad-request':
      return /still in use/.test(error.serviceMessage ?? '')
        ? told('source-in-use', detail)
        : told('refused', detail);
    case 'conflict':
    case 'forbidden':
    case 'unsupported-version':
    case 'unauthorized':
    case 'no-endpoint':
    case 'settings':
    case 'other':
      return told('refused', detail);
    case 'aborted':
      throw error;
    case 'connect-failed':
    case 'circuit-open':
    case 'too-many-requests':
      return told('failed', detail);
    case 'connection-lost':
    case 'timeout':
    case 'unavailable':
    case 'server-error':
    case 'garbage':
    case 'answer-too-large':
      return error.sent ? told('in-doubt', detail) : told('failed', detail);
  }
}

const told = (answer: EvacuationAnswer['answer'], detail: string): EvacuationAnswer => ({ answer, detail });
