import type { InstanceSighting } from '@instance-ha/recovery';
import { type NovaAction, type NovaServer, PowerState } from '../nova/wire.ts';
import { lifeOf, wasStoppedBySomebody } from './life.ts';

export type SeenServer = { server: NovaServer; actions: readonly NovaAction[] };
type SeenInstance = Extract<InstanceSighting, { seen: 'instance' }>;
type Meaning = Pick<SeenInstance, 'state' | 'byOperator'> & { off?: boolean };

/**
 * What Nova's states mean for a recovery.
 *
 * | vm_state                     | power_state          | instance    | wished                       | life |
 * | ---------------------------- | -------------------- | ----------- | ---------------------------- | ---- |
 * | any, with a task_state       |                      | `busy`      | yes                          | yes  |
 * | any, task deleting           |                      | nothing     |                              |      |
 * | building                     |                      | `busy`      | yes                          | no   |
 * | active, resized              | RUNNING, none told   | `running`   | –                            | yes  |
 * | active, resized              | PAUSED               | `paused`    | no: by QEMU or by libvirt    | yes  |
 * | active, resized              | CRASHED              | `crashed`   | no                           | yes  |
 * | active, resized              | SUSPENDED            | `suspended` | yes: by the guest            | no   |
 * | active, resized              | SHUTDOWN, NOSTATE    | `stopped`   | no: Nova has not noticed yet | no   |
 * | paused                       |                      | `paused`    | yes                          | yes  |
 * | suspended                    |                      | `suspended` | yes                          | no   |
 * | stopped                      |                      | `stopped`   | unless Nova itself did it    | no   |
 * | rescued                      |                      | `rescued`   | yes                          | yes  |
 * | shelved, shelved_offloaded   |                      | `stopped`   | yes                          | no   |
 * | error                        | RUNNING, PAUSED, CRASHED | `error` | no                           | yes  |
 * | error                        | any other            | `error`     | no                           | no   |
 * | deleted, soft-delete         |                      | nothing     |                              |      |
 * | any newer                    |                      | could not look |                           |      |
 *
 * Nova tells what it noted last. A QEMU that has just died is still `active` and RUNNING there for some 15 s: `byRecord`
 * says so.
 */
export function toSighting({ server, actions }: SeenServer): InstanceSighting {
  const detail = describe(server);
  if (isGone(server)) return { seen: 'nothing', detail: `Nova is done with it: ${detail}` };
  const meaning = server.taskState === null ? meaningOf(server, actions) : byWish('busy');
  if (!meaning)
    return { seen: 'could-not-look', detail: `Nova tells a state that has no meaning here: ${detail}` };
  const { off = false, ...rest } = meaning;
  return { seen: 'instance', ...rest, life: off ? null : lifeOf(server, actions), detail, byRecord: true };
}

/** Deleted, or on its way there: by somebody's wish, and not to be brought back. */
export const isGone = ({ vmState, taskState }: NovaServer): boolean =>
  ['deleted', 'soft-delete'].includes(vmState) ||
  (taskState !== null && ['deleting', 'soft-deleting'].includes(taskState));

/** Nova's own words: `vm_state active, task_state rebuilding, power_state RUNNING, locked`. */
export function describe(server: NovaServer): string {
  const { vmState, taskState, powerState, locked, faultMessage, hostStatus } = server;
  return [
    `vm_state ${vmState}`,
    ...(taskState === null ? [] : [`task_state ${taskState}`]),
    ...(powerState === null ? [] : [`power_state ${powerName(powerState)}`]),
    ...(locked ? ['locked'] : []),
    ...(hostStatus === null || hostStatus === 'UP' ? [] : [`host_status ${hostStatus}`]),
    ...(faultMessage === null || vmState !== 'error' ? [] : [`fault "${faultMessage.slice(0, 200)}"`]),
  ].join(', ');
}

const powerName = (powerState: number): string =>
  Object.entries(PowerState).find(([, number]) => number === powerState)?.[0] ?? String(powerState);

const byWish = (state: SeenInstance['state']): Meaning => ({ state, byOperator: true });
const byNobody = (state: SeenInstance['state']): Meaning => ({ state, byOperator: false });

function meaningOf(server: NovaServer, actions: readonly NovaAction[]): Meaning | undefined {
  switch (server.vmState) {
    case 'building':
      return { ...byWish('busy'), off: true };
    case 'active':
    case 'resized':
      return meaningOfPower(server.powerState);
    case 'paused':
      return byWish('paused');
    case 'suspended':
      return { ...byWish('suspended'), off: true };
    case 'stopped':
      return { state: 'stopped', byOperator: wasStoppedBySomebody(actions), off: true };
    case 'rescued':
      return byWish('rescued');
    case 'shelved':
    case 'shelved_offloaded':
      return { ...byWish('stopped'), off: true };
    case 'error':
      return { ...byNobody('error'), off: !holdsResources(server) };
    default:
      return undefined;
  }
}

function meaningOfPower(powerState: number | null): Meaning | undefined {
  switch (powerState) {
    case null:
    case PowerState.RUNNING:
      return byNobody('running');
    case PowerState.PAUSED:
      return byNobody('paused');
    case PowerState.CRASHED:
      return byNobody('crashed');
    case PowerState.SUSPENDED:
      return { ...byWish('suspended'), off: true };
    case PowerState.SHUTDOWN:
    case PowerState.NOSTATE:
      return { ...byNobody('stopped'), off: true };
    default:
      return undefined;
  }
}

/** Whether a domain of it is there, by what Nova noted. */
export const holdsResources = ({ powerState }: NovaServer): boolean =>
  powerState === PowerState.RUNNING || powerState === PowerState.PAUSED || powerState === PowerState.CRASHED;
