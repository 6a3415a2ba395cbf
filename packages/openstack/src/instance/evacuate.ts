import type { ActOutcome, EvacuationAnswer } from '@instance-ha/recovery';
import { evacuate } from '../host/evacuate.ts';
import { restore } from '../host/tend.ts';
import type { NovaServer } from '../nova/wire.ts';
import { type Following, settled, show } from './follow.ts';
import { actionsRead, wishOf } from './life.ts';
import { isSameHost } from './same-host.ts';
import { describe } from './sighting.ts';

/**
 * Rebuilds a server on a host that Nova chooses, follows it there, and makes it run. Whether it may be evacuated at all is the
 * caller's judgement: Nova demands only that it does not hear from the host (`ComputeServiceInUse` otherwise), which says nothing of
 * the guests there.
 *
 * | found                                     | does                                                              |
 * | ----------------------------------------- | ----------------------------------------------------------------- |
 * | on another host already                   | starts it there, unless somebody has stopped it since              |
 * | an evacuation or rebuild that goes on     | follows it: a second one would spoil both                         |
 * | any other task                            | `failed`, nothing asked                                           |
 * | its host counts as up                     | `failed`, nothing asked: it may be restarted in place again        |
 * | Nova evacuates no server in this vm_state | `refused`: that is all but active, stopped and error               |
 */
export async function evacuateInstance(acting: Following & { doing: string }): Promise<ActOutcome> {
  const { nova, ref, bounds } = acting;
  const server = await show(acting);
  if (!server) return refused(`Nova has no server ${ref.instanceUuid}`);
  const busyWith = server.taskState;
  const hasLeft = server.host !== null && !isSameHost(server.host, ref.host);
  if (!hasLeft && busyWith !== null && !isRebuild(busyWith))
    return failed(`another operation holds it: ${describe(server)}`);

  acting.doing = 'asking for its evacuation';
  const asked: EvacuationAnswer = await evacuate({ nova, ref, target: null, bounds });
  switch (asked.answer) {
    case 'accepted':
    case 'under-way':
    case 'moved':
    case 'in-doubt': // Nova notes the task before it answers: the server tells.
      acting.doing = 'waiting for it to arrive on another host';
      return arrived(acting, await settled(acting), asked);
    case 'source-in-use':
    case 'failed':
      return failed(asked.detail);
    case 'no-such-instance':
    case 'no-such-target':
    case 'refused':
      return refused(asked.detail);
  }
}

async function arrived(
  acting: Following & { doing: string },
  server: NovaServer | undefined,
  asked: EvacuationAnswer,
): Promise<ActOutcome> {
  const { nova, ref, bounds } = acting;
  if (!server) return refused('somebody deleted it meanwhile');
  if (server.host === null || isSameHost(server.host, ref.host))
    return failed(`${asked.detail}; it is still on ${ref.host}: ${describe(server)}`);
  const limits = { timeoutMs: bounds.remainingMs(), signal: bounds.signal, limit: actionsRead };
  if (server.vmState === 'stopped' && wishOf(await nova.listActions(server.id, limits)) === 'off')
    return done(`is on ${server.host}, where somebody stopped it`);
  acting.doing = `starting it on ${server.host}`;
  const outcome = await restore(acting, { running: true, locked: undefined });
  return { ...outcome, detail: `is on ${server.host}: ${outcome.detail}` };
}

const isRebuild = (taskState: string): boolean => taskState.startsWith('rebuild');

const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const refused = (detail: string): ActOutcome => ({ outcome: 'refused', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
