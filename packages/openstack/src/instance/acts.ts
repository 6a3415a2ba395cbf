import type { ActOutcome, InstanceAct, InstanceActOutcome } from '@instance-ha/recovery';
import { isLocked } from '../excuse.ts';
import type { Accepted } from '../nova/nova-client.ts';
import { type NovaAction, type NovaServer, PowerState } from '../nova/wire.ts';
import { OpenStackError } from '../openstack-error.ts';
import { evacuateInstance } from './evacuate.ts';
import { callBounds, type Following, settled, show } from './follow.ts';
import { hostServiceOf } from './host-service.ts';
import { actionsRead, lifeOf, lifeOfRequest } from './life.ts';
import type { RecentSights } from './recent-sights.ts';
import { isSameHost } from './same-host.ts';
import { describe, holdsResources, isGone, type SeenServer, toSighting } from './sighting.ts';

/** One act in progress. `doing` is what an error or the end of the time interrupts, for the detail. */
export type Acting = Following & {
  sights: RecentSights;
  /** The boot that failed; null: it was off, so any boot that runs now is another one. */
  life: string | null;
  doing: string;
};

/** The actions first: what changes between the two looks then makes the lives differ, which is the safe side. */
export async function see(following: Following): Promise<SeenServer | undefined> {
  const { nova, ref, bounds } = following;
  let actions: NovaAction[] = [];
  try {
    actions = await nova.listActions(ref.instanceUuid, { ...callBounds(bounds), limit: actionsRead });
  } catch (error) {
    if (OpenStackError.isInstance(error) && error.code === 'not-found') return undefined;
    throw error;
  }
  const server = await show(following);
  return server && { server, actions };
}

/**
 * Which calls of Nova, from which state:
 *
 * | vm_state (power_state)        | stop                         | start                 | hard-reboot |
 * | ----------------------------- | ---------------------------- | --------------------- | ----------- |
 * | active (on), the failed life  | os-stop                      | done when it runs, else refused | reboot HARD |
 * | active (on), another life     | refused                      | done when it runs, else refused | refused     |
 * | active (off)                  | done                         | reboot HARD           | reboot HARD |
 * | stopped                       | done                         | os-start              | os-start    |
 * | error (on)                    | os-stop                      | refused: stop it      | reboot HARD |
 * | error (off)                   | done                         | reboot HARD           | reboot HARD |
 * | paused                        | os-resetState active, os-stop | refused: stop it     | reboot HARD |
 * | suspended                     | done                         | refused: resume it    | refused     |
 * | rescued                       | refused                      | refused               | refused     |
 * | resized                       | refused: confirm or revert   | done when it runs, else refused | refused |
 * | shelved, shelved_offloaded    | done                         | refused: unshelve it  | refused     |
 * | building, or any task         | failed (powering-off: followed) | failed (powering-on, rebooting: followed) | failed |
 * | deleted, none, another host   | refused                      | refused               | refused     |
 * | locked, and we are no admin   | refused                      | refused               | refused     |
 * | its nova-compute is down      | failed, nothing asked        | failed, nothing asked | failed, nothing asked |
 *
 * "on" is RUNNING, PAUSED or CRASHED. Each accepted act is followed until Nova's task is over, and believed by what is seen
 * then. What a dead nova-compute was asked would be done whenever it comes back: so nothing is asked of one.
 *
 * A stop that follows a look at once, and a start that follows its stop at once, rest on what was seen there (`RecentSights`).
 *
 * os-stop first asks the guest to shut down, for `shutdown_timeout` (60 s by default): a guest that hangs takes that long.
 * Between the look that compares the lives and the act lies one round trip: Nova has no call that does both. For `evacuate` see `evacuateInstance`.
 */
export const acts: Readonly<Record<InstanceAct, (acting: Acting) => Promise<InstanceActOutcome>>> = {
  stop: async acting => {
    const seen = acting.sights.take(acting.ref.instanceUuid) ?? (await see(acting));
    const barred = await whyNot(acting, seen?.server);
    return !seen || barred ? (barred ?? noSuchServer(acting)) : stop(acting, seen);
  },
  start: async acting => {
    const server = acting.sights.take(acting.ref.instanceUuid)?.server ?? (await show(acting));
    const barred = await whyNot(acting, server);
    return !server || barred ? (barred ?? noSuchServer(acting)) : start(acting, server);
  },
  'hard-reboot': async acting => {
    const seen = await see(acting);
    const barred = await whyNot(acting, seen?.server);
    return !seen || barred ? (barred ?? noSuchServer(acting)) : hardReboot(acting, seen);
  },
  evacuate: evacuateInstance,
};

/** What keeps every act from it. */
async function whyNot(acting: Acting, server: NovaServer | undefined): Promise<ActOutcome | undefined> {
  if (!server) return noSuchServer(acting);
  if (isGone(server)) return refused(`somebody deleted it: ${describe(server)}`);
  if (server.host === null || !isSameHost(server.host, acting.ref.host)) return elsewhere(acting, server);
  const service = await hostServiceOf(acting, server);
  if (service === 'down' || service === 'forced-down')
    return failed(
      `Nova has not heard from nova-compute of ${server.host}: what it is asked now would be done whenever it comes back`,
    );
  return undefined;
}

async function stop(acting: Acting, seen: SeenServer): Promise<ActOutcome> {
  const { server } = seen;
  if (server.taskState === 'powering-off') {
    acting.doing = 'waiting for the stop that goes on already';
    return judgeStop(await settled(acting));
  }
  if (server.taskState !== null) return busy(server);
  switch (server.vmState) {
    case 'stopped':
    case 'suspended':
    case 'shelved':
    case 'shelved_offloaded':
      return done(`is off: ${describe(server)}`);
    case 'rescued':
      return refused(`is in rescue: ${describe(server)}`);
    case 'resized':
      return refused(`waits for its resize to be confirmed or reverted: ${describe(server)}`);
    case 'building':
      return busy(server);
    case 'active':
    case 'error':
    case 'paused':
      break;
    default:
      return refused(`Nova tells a state that has no meaning here: ${describe(server)}`);
  }
  if (isOff(server)) return done(`is off: ${describe(server)}`);
  if (lifeOf(server, seen.actions) !== acting.life) return anotherLife(acting, seen);
  if (server.vmState === 'paused') {
    acting.doing = 'calling it active, because Nova stops no paused server';
    await acting.nova.resetServerState(acting.ref.instanceUuid, 'active', callBounds(acting.bounds));
  }
  acting.doing = 'stopping it';
  const asked = await ask(acting, bounds => acting.nova.stopServer(acting.ref.instanceUuid, bounds));
  acting.doing = 'waiting for it to stop (a guest that hangs takes about 60 s)';
  const stopped = await settled(acting);
  if (stopped) acting.sights.keep(stopped.id, { server: stopped, actions: [] }, acting.clock.monotonicMs());
  return judgeStop(stopped, asked);
}

async function start(acting: Acting, server: NovaServer): Promise<InstanceActOutcome> {
  if (server.taskState !== null) {
    if (!['powering-on', ...rebooting].includes(server.taskState)) return busy(server);
    acting.doing = 'waiting for the start that goes on already';
    return judgeStart(await settled(acting));
  }
  switch (server.vmState) {
    case 'stopped':
      return powerOn(acting, 'os-start');
    case 'active':
    case 'resized':
      if (isOn(server)) return done(`runs already: ${describe(server)}`);
      if (server.vmState === 'active' && isOff(server)) return powerOn(acting, 'reboot');
      return refused(`holds its resources: it must be stopped first: ${describe(server)}`);
    case 'error':
      if (isOff(server)) return powerOn(acting, 'reboot');
      return refused(`holds its resources: it must be stopped first: ${describe(server)}`);
    case 'paused':
      return refused(`holds its resources: it must be stopped first: ${describe(server)}`);
    case 'suspended':
      return refused(`its memory is saved: it must be resumed: ${describe(server)}`);
    case 'rescued':
      return refused(`is in rescue: ${describe(server)}`);
    case 'shelved':
    case 'shelved_offloaded':
      return refused(`is shelved: it must be unshelved: ${describe(server)}`);
    case 'building':
      return busy(server);
    default:
      return refused(`Nova tells a state that has no meaning here: ${describe(server)}`);
  }
}

async function hardReboot(acting: Acting, seen: SeenServer): Promise<InstanceActOutcome> {
  const { server } = seen;
  if (server.taskState !== null || server.vmState === 'building') return busy(server);
  switch (server.vmState) {
    case 'stopped':
      return powerOn(acting, 'os-start');
    case 'active':
    case 'error':
    case 'paused':
      if (!isOff(server) && lifeOf(server, seen.actions) !== acting.life) return anotherLife(acting, seen);
      return powerOn(acting, 'reboot');
    default:
      return refused(`Nova hard reboots no server in this state: ${describe(server)}`);
  }
}

async function powerOn(acting: Acting, by: 'os-start' | 'reboot'): Promise<InstanceActOutcome> {
  const { nova, ref } = acting;
  acting.doing = by === 'os-start' ? 'starting it' : 'hard rebooting it';
  const asked = await ask(acting, bounds =>
    by === 'os-start'
      ? nova.startServer(ref.instanceUuid, bounds)
      : nova.rebootServerHard(ref.instanceUuid, bounds),
  );
  acting.doing = 'waiting for it to run';
  return judgeStart(await settled(acting), asked);
}

type Asked = { requestId: string | null; doubt: string | null };

/**
 * Asks Nova once. Where it is in doubt whether the act arrived, or somebody was faster, the server itself must tell: that is no
 * error yet.
 */
async function ask(
  acting: Acting,
  act: (bounds: { timeoutMs: number; signal: AbortSignal }) => Promise<Accepted>,
): Promise<Asked> {
  try {
    return { ...(await act(callBounds(acting.bounds))), doubt: null };
  } catch (error) {
    if (!OpenStackError.isInstance(error) || isLocked(error)) throw error;
    const mayHaveHappened = error.code === 'conflict' || (error.sent && error.retryable);
    if (!mayHaveHappened) throw error;
    return { requestId: null, doubt: error.message };
  }
}

function judgeStop(server: NovaServer | undefined, asked?: Asked): ActOutcome {
  if (!server) return done('is off and gone: somebody deleted it');
  if (server.vmState === 'stopped') return done(`is off: ${describe(server)}`);
  return failed(`${because(asked)}is ${describe(server)}`);
}

function judgeStart(server: NovaServer | undefined, asked?: Asked): InstanceActOutcome {
  if (!server) return failed('was started and is gone: somebody deleted it');
  if (server.vmState === 'active' && isOn(server)) {
    if (!asked?.requestId) return done(`runs: ${describe(server)}`);
    const life = lifeOfRequest(asked.requestId);
    const outcome = done(`runs as life ${life}: ${describe(server)}`);
    const seen = toSighting({ server, actions: [] });
    // Where Nova does not tell of its host along with it, a look tells more.
    if (seen.seen !== 'instance' || server.hostStatus !== 'UP') return outcome;
    return { ...outcome, sighting: { ...seen, life, hostService: 'up' } };
  }
  return failed(`${because(asked)}is ${describe(server)}`);
}

const because = (asked: Asked | undefined): string => (asked?.doubt ? `${asked.doubt}; ` : '');

const rebooting = ['rebooting_hard', 'reboot_pending_hard', 'reboot_started_hard'];

const isOn = ({ powerState }: NovaServer): boolean =>
  powerState === PowerState.RUNNING || powerState === null;
const isOff = (server: NovaServer): boolean => server.powerState !== null && !holdsResources(server);

function anotherLife({ life }: Acting, { server, actions }: SeenServer): ActOutcome {
  const meant = life === null ? 'it was off' : `life ${life} failed`;
  return refused(`${meant}, and now life ${lifeOf(server, actions)} is ${describe(server)}: not touched`);
}

const noSuchServer = ({ ref }: Acting): ActOutcome => refused(`Nova has no server ${ref.instanceUuid}`);
const elsewhere = ({ ref }: Acting, { host }: NovaServer): ActOutcome =>
  refused(`is on ${host === null ? 'no host' : `host ${host}`} and no longer on ${ref.host}`);
const busy = (server: NovaServer): ActOutcome => failed(`another operation holds it: ${describe(server)}`);

const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const refused = (detail: string): ActOutcome => ({ outcome: 'refused', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
