import { type DomainState, stateReasons } from '@instance-ha/guest-health';
import {
  type DomainRef,
  type DomainStateAndReason,
  DomainState as VirDomainState,
} from '@instance-ha/libvirt-rpc';
import type { InstanceSighting } from '@instance-ha/recovery';

/** One domain, at one moment. */
export type SeenDomain = { domain: DomainRef } & DomainStateAndReason;
export type SeenInstance = Extract<InstanceSighting, { seen: 'instance' }>;

type Meaning = Pick<SeenInstance, 'state' | 'byOperator'>;

/** Somebody, or some program, wished it so. */
const wished = (state: SeenInstance['state']): Meaning => ({ state, byOperator: true });
/** Nobody did, or nobody can tell: libvirtd forgets why a domain is off when it restarts. */
const unwished = (state: SeenInstance['state']): Meaning => ({ state, byOperator: false });

const names: Readonly<Record<number, { word: DomainState; shown: string }>> = {
  [VirDomainState.NOSTATE]: { word: 'nostate', shown: 'no state' },
  [VirDomainState.RUNNING]: { word: 'running', shown: 'running' },
  [VirDomainState.BLOCKED]: { word: 'blocked', shown: 'blocked' },
  [VirDomainState.PAUSED]: { word: 'paused', shown: 'paused' },
  [VirDomainState.SHUTDOWN]: { word: 'shutdown', shown: 'in shutdown' },
  [VirDomainState.SHUTOFF]: { word: 'shutoff', shown: 'shut off' },
  [VirDomainState.CRASHED]: { word: 'crashed', shown: 'crashed' },
  [VirDomainState.PMSUSPENDED]: { word: 'pmsuspended', shown: 'pmsuspended' },
};

/**
 * What libvirt's state and reason mean for a recovery.
 *
 * | libvirt                                                                | instance              | wished |
 * | ---------------------------------------------------------------------- | --------------------- | ------ |
 * | running, blocked                                                       | `running`             | –      |
 * | paused: user, from-snapshot                                            | `paused`              | yes    |
 * | paused: migration, save, dump, snapshot, shutting-down, starting-up, postcopy | `busy`         | yes    |
 * | paused: ioerror, watchdog, postcopy-failed, api-error, unknown, any newer | `paused`           | no     |
 * | paused: crashed; crashed                                               | `crashed`             | no     |
 * | in shutdown                                                            | `busy`                | yes    |
 * | shut off: shutdown, destroyed, migrated, from-snapshot                 | `stopped`             | yes    |
 * | shut off: saved; pmsuspended                                           | `suspended`           | yes    |
 * | shut off: crashed, failed, daemon, unknown, any newer                  | `stopped`             | no     |
 * | no state, any newer state                                              | could not look        |        |
 *
 * `life` is libvirt's domain id, which a domain gets anew at each start. A preserved crashed domain still has it, and all
 * its resources.
 */
export function toSighting({ domain, state, reason }: SeenDomain): InstanceSighting {
  const detail = describe({ state, reason });
  const meaning = meaningOf(state, reason);
  if (!meaning)
    return { seen: 'could-not-look', detail: `libvirt tells a state that has no meaning here: ${detail}` };
  return { seen: 'instance', ...meaning, life: lifeOf(domain), detail };
}

/** libvirt's own words, as `virsh domstate --reason` has them: `shut off (crashed)`. */
export function describe({ state, reason }: DomainStateAndReason): string {
  const name = names[state];
  return name
    ? `${name.shown} (${stateReasons[name.word][reason] ?? `unknown reason ${reason}`})`
    : `state ${state} (reason ${reason})`;
}

/** One boot of a domain, null while it is off. */
export const lifeOf = ({ id }: DomainRef): string | null => (id < 0 ? null : String(id));

function meaningOf(state: number, reason: number): Meaning | undefined {
  const word = names[state]?.word;
  switch (word) {
    case undefined:
    case 'nostate':
      return undefined;
    case 'running':
    case 'blocked':
      return unwished('running');
    case 'paused':
      return meaningOfPause(stateReasons.paused[reason]);
    case 'shutdown':
      return wished('busy');
    case 'shutoff':
      return meaningOfShutoff(stateReasons.shutoff[reason]);
    case 'crashed':
      return unwished('crashed');
    case 'pmsuspended':
      return wished('suspended');
  }
}

function meaningOfPause(reason: (typeof stateReasons.paused)[number] | undefined): Meaning {
  switch (reason) {
    case 'user':
    case 'from-snapshot':
      return wished('paused');
    case 'migration':
    case 'save':
    case 'dump':
    case 'snapshot':
    case 'shutting-down':
    case 'starting-up':
    case 'postcopy':
      return wished('busy');
    case 'crashed':
      return unwished('crashed');
    case 'unknown':
    case 'ioerror':
    case 'watchdog':
    case 'postcopy-failed':
    case 'api-error':
    case undefined:
      return unwished('paused');
  }
}

function meaningOfShutoff(reason: (typeof stateReasons.shutoff)[number] | undefined): Meaning {
  switch (reason) {
    case 'shutdown':
    case 'destroyed':
    case 'migrated':
    case 'from-snapshot':
      return wished('stopped');
    case 'saved':
      return wished('suspended');
    case 'unknown':
    case 'crashed':
    case 'failed':
    case 'daemon':
    case undefined:
      return unwished('stopped');
  }
}
