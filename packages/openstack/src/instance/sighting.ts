import type { InstanceSighting } from '@instance-ha/recovery';
import { type NovaAction, type NovaServer, PowerState } from '../nova/wire.ts';
import type { HostService } from './host-service.ts';
import { bootedAtOf, lifeOf, wasStoppedByNobody, wishOf } from './life.ts';

export type SeenServer = {
  server: NovaServer;
  actions: readonly NovaAction[];
  /** Undefined where nobody may ask. */
  hostService?: HostService | undefined;
};
type SeenInstance = Extract<InstanceSighting, { seen: 'instance' }>;
type Meaning = Pick<SeenInstance, 'state' | 'byOperator'> & { off?: boolean };

/**
 * What Nova's states mean for a recovery, and what comes of it. The judgement itself is `@instance-ha/recovery`'s, which knows
 * no Nova; `policy-table.test.ts` plays every row of this table through both.
 *
 * | vm_state                     | power_state          | instance    | wished                       | life | the recovery                |
 * | ---------------------------- | -------------------- | ----------- | ---------------------------- | ---- | --------------------------- |
 * | any, with a task_state       |                      | `busy`      | yes                          | yes  | waits: somebody works on it |
 * | any, task deleting           |                      | nothing     |                              |      | ignored: gone               |
 * | building                     |                      | `busy`      | yes                          | no   | waits: it never ran         |
 * | active                       | RUNNING, none told   | `running`   | –                            | yes  | stop and start; a hard reboot where it does not answer |
 * | active                       | PAUSED               | `paused`    | no: by QEMU or by libvirt    | yes  | as RUNNING; never resumed: its disk or watchdog stopped it |
 * | active                       | CRASHED              | `crashed`   | no                           | yes  | stop and start              |
 * | active                       | SUSPENDED            | `suspended` | yes: by the guest            | no   | ignored                     |
 * | active                       | SHUTDOWN, NOSTATE    | `stopped`   | no: Nova has not noticed yet | no   | start                       |
 * | resized                      | as active            | as active   | as active                    |      | failed: Nova restarts it only after a reset of its state, and that takes its owner's way back |
 * | paused                       |                      | `paused`    | yes                          | yes  | ignored                     |
 * | suspended                    |                      | `suspended` | yes                          | no   | ignored: its memory is saved |
 * | stopped                      |                      | `stopped`   | unless Nova itself did it to one that was to run | no | ignored; start where nobody wished it |
 * | rescued                      |                      | `rescued`   | yes                          | yes  | ignored: somebody repairs it |
 * | shelved, shelved_offloaded   |                      | `stopped`   | yes                          | no   | ignored                     |
 * | error                        | RUNNING, PAUSED, CRASHED | `error` | no                           | yes  | ignored; stop and start by `recover_ignoring_error_instances` |
 * | error                        | any other            | `error`     | if somebody had stopped it   | no   | as above, but never one that was stopped |
 * | deleted, soft-delete         |                      | nothing     |                              |      | ignored: gone; a soft-deleted one is its owner's to restore |
 * | any newer                    |                      | could not look |                           |      | waits                       |
 *
 * A lock changes none of it: it keeps people's hands off, and Nova lets an administrator act. It is left as it is.
 *
 * Nova tells what it noted last. A QEMU that has just died is still `active` and RUNNING there for some 15 s: `byRecord`
 * says so.
 */
export function toSighting({ server, actions, hostService }: SeenServer): InstanceSighting {
  const detail = describe(server);
  if (isGone(server)) return { seen: 'nothing', detail: `Nova is done with it: ${detail}` };
  const meaning = server.taskState === null ? meaningOf(server, actions) : byWish('busy');
  if (!meaning)
    return { seen: 'could-not-look', detail: `Nova tells a state that has no meaning here: ${detail}` };
  const { off = false, ...rest } = meaning;
  const bootedAt = bootedAtOf(actions);
  return {
    seen: 'instance',
    ...rest,
    life: off ? null : lifeOf(server, actions),
    detail,
    byRecord: true,
    metadata: { ...server.metadata },
    ...(bootedAt === undefined ? {} : { bootedAt }),
    ...(hostService === undefined ? {} : { hostService }),
  };
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
      return { state: 'stopped', byOperator: !wasStoppedByNobody(actions), off: true };
    case 'rescued':
      return byWish('rescued');
    case 'shelved':
    case 'shelved_offloaded':
      return { ...byWish('stopped'), off: true };
    case 'error':
      if (holdsResources(server)) return byNobody('error');
      return { state: 'error', byOperator: wishOf(actions) === 'off', off: true };
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
