import type { GuestFault } from '@instance-ha/notification';
import type { HostRecovery } from './host/state.ts';
import type { HostAct } from './host-subject.ts';
import type { Facts, InstanceRecovery, Listening } from './instance/state.ts';
import type { ProcessRecovery, ProcessStage } from './process/state.ts';
import type { RecoveryState } from './state.ts';
import type { InstanceAct } from './subject.ts';

const faults: Record<GuestFault, string> = {
  'qemu-failed': 'its QEMU ended without being asked',
  panicked: 'its kernel panicked',
  'watchdog-reset': 'its watchdog reset it',
  'watchdog-stopped': 'its watchdog switched it off',
  'watchdog-paused': 'its watchdog paused it',
  'io-error': 'its disk failed',
  'hypervisor-error': 'its hypervisor failed',
  'heartbeat-lost': 'it stopped answering',
  'agent-lost': 'its agent went away',
  'boot-loop': 'it booted again and again',
  'found-dead': 'it was found dead',
};

/** What befell the guest, to stand after "after" or a colon. */
export const faultInWords = (fault: GuestFault): string => faults[fault];

/** What was done so far, in the past tense. */
export function doneInWords(facts: Facts): string {
  const { progress, escalated, again } = facts;
  if (progress.made !== 'restart-done') return again ? 'restarted once, failed again' : 'not restarted';
  if (progress.by === 'start') return again ? 'restarted again' : 'restarted';
  return escalated ? 'restarted and then hard rebooted' : 'hard rebooted';
}

const purposes: Record<Listening['purpose'], string> = {
  verify: 'waiting to hear it',
  handled: 'waiting to hear it: somebody else brings it back',
  'another-life': 'waiting to hear the boot that runs now',
  'before-acting': 'asking whether it was heard meanwhile',
};
const acts: Record<InstanceAct, string> = {
  stop: 'stopping it',
  start: 'starting it',
  'hard-reboot': 'hard rebooting it',
  evacuate: 'evacuating it',
};
const waits: Record<Extract<InstanceRecovery, { phase: 'waiting' }>['why'], string> = {
  retry: 'waiting to try again',
  busy: 'waiting for another operation on it',
  pause: 'held: recoveries are paused',
};

const hostActs: Record<HostAct, string> = {
  'put-out-of-service': 'putting it out of service',
  'allow-up': 'letting it count as up again',
  enable: 'enabling',
  disable: 'disabling its compute service',
};

function hostInWords(state: HostRecovery): string {
  const moves = state.facts.moves ?? [];
  const over = moves.filter(
    ({ status }) => status !== 'pending' && status !== 'asked' && status !== 'accepted',
  );
  const progress = moves.length === 0 ? '' : `: ${over.length} of ${moves.length} done`;
  switch (state.phase) {
    case 'asking':
      return 'asking what its segment says';
    case 'asking-turn':
      return 'asking whether it may be evacuated now';
    case 'looking':
      return 'looking whether it is down';
    case 'acting':
      if (state.act === 'disable') return `giving ${state.host} back`;
      return state.act === 'enable' ? `enabling ${state.host}` : hostActs[state.act];
    case 'listing-before':
    case 'listing-instances':
      return 'listing its instances';
    case 'evacuating':
    case 'following':
    case 'restoring':
      return `evacuating its instances${progress}`;
    case 'waiting':
      return hostWaitInWords(state, progress);
    case 'ending':
    case 'ended':
      return state.end.reason;
  }
}

function hostWaitInWords(state: Extract<HostRecovery, { phase: 'waiting' }>, progress: string): string {
  switch (state.why) {
    case 'poll':
      return `evacuating its instances${progress}`;
    case 'held':
      return state.facts.held ?? 'held until an operator approves or rejects it';
    case 'turn':
      return `waiting for its turn (max_hosts_at_once): ${state.hosts.join(', ')} evacuated before it`;
    case 'retry':
    case 'pause':
      return waits[state.why];
  }
}

/** `rejected by ada: the network is down`. */
export const ruledInWords = (
  what: 'aborted' | 'rejected',
  ruled: { by: string; reason: string | null } | null | undefined,
): string => {
  if (!ruled) return `an operator ${what} it`;
  return `${what} by ${ruled.by}${ruled.reason === null ? '' : `: ${ruled.reason}`}`;
};

const stages: Record<ProcessStage, string> = {
  context: 'asking what its segment says',
  look: 'asking its monitor whether it runs',
  restart: 'asking its monitor to restart it',
  verify: 'waiting for the cloud to hear its compute service',
  disable: 'disabling its compute service',
  returning: 'looking at its compute service',
  enable: 'enabling its compute service again',
};
const processWaits: Record<Extract<ProcessRecovery, { phase: 'waiting' }>['why'], string> = {
  retry: 'waiting to try again',
  busy: 'waiting for an earlier notification of it',
  pause: 'held: recoveries are paused',
  poll: stages.verify,
};

function processInWords(state: ProcessRecovery): string {
  switch (state.phase) {
    case 'doing':
      return stages[state.facts.stage];
    case 'waiting':
      return processWaits[state.why];
    case 'ending':
    case 'ended':
      return state.end.reason;
  }
}

/** What a recovery does now, in a few plain words: for the notification's message and the log. */
export function recoveryInWords(state: RecoveryState): string {
  if (state.workflow === 'host') return hostInWords(state);
  if (state.workflow === 'process') return processInWords(state);
  switch (state.phase) {
    case 'new':
      return 'not begun';
    case 'looking':
      return 'looking at it';
    case 'asking-further':
      return `${doneInWords(state.facts)}, and it failed again: asking whether that was filed`;
    case 'budgeting':
      return 'asking the restart budget';
    case 'listening':
      return state.purpose === 'verify'
        ? `${doneInWords(state.facts)}, ${purposes.verify}`
        : purposes[state.purpose];
    case 'acting':
      return acts[state.act];
    case 'waiting':
      return waits[state.why];
    case 'ending':
    case 'ended':
      return state.end.reason;
  }
}

/** The longest unit that fits without a fraction: `90 s`, `1 h`, `1.5 s`. */
export function durationInWords(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ] as const;
  for (const [unitMs, name] of units) if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs} ${name}`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}

export const times = (count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
