import type { GuestFault } from '@instance-ha/notification';
import type { Condition } from './guest-state.ts';
import type { GuestRule } from './rule.ts';
import type { DomainState, LifecycleEvent } from './signal.ts';

/**
 * What libvirt's words mean for the judgement. The rows of this file are the whole difference between a failure and an
 * ordinary day; `?` stands for every detail that is not named.
 */
export type Meaning =
  /** A failure beyond doubt. `past`: it may have happened at any time before. */
  | { kind: 'fails'; rule: GuestRule; fault: GuestFault; leaves: Condition; past?: true }
  /** The panic device spoke: who acts stands in the definition. */
  | { kind: 'panics' }
  /** A pause that a dump ends at once and a failure does not. */
  | { kind: 'doubtful-pause'; rule: 'watchdog-paused' | 'found-panicked' }
  | { kind: 'starts' }
  /** Comes in by migration; runs when it is resumed. */
  | { kind: 'comes-in' }
  | { kind: 'runs' }
  | { kind: 'pauses'; by: 'wish' | 'migration' }
  /** The crash kernel was loaded: the guest is writing its dump and will reboot itself. */
  | { kind: 'dumps-itself' }
  /** Ends by a wish, and has not yet ended. */
  | { kind: 'shuts-down' }
  | { kind: 'stops' }
  | { kind: 'nothing' };

type Meanings = Readonly<Record<string, Meaning>> & { readonly '?': Meaning };

const nothing: Meaning = { kind: 'nothing' };
const runs: Meaning = { kind: 'runs' };
const starts: Meaning = { kind: 'starts' };
const stops: Meaning = { kind: 'stops' };
const pausedByWish: Meaning = { kind: 'pauses', by: 'wish' };
const pausedByMigration: Meaning = { kind: 'pauses', by: 'migration' };
const fails = (rule: GuestRule, fault: GuestFault, leaves: Condition): Meaning => ({
  kind: 'fails',
  rule,
  fault,
  leaves,
});

const lifecycle: Record<LifecycleEvent, Meanings> = {
  defined: { '?': nothing },
  undefined: { '?': nothing },
  started: { migrated: { kind: 'comes-in' }, wakeup: runs, '?': starts },
  suspended: {
    ioerror: fails('suspended-ioerror', 'io-error', 'paused'),
    watchdog: { kind: 'doubtful-pause', rule: 'watchdog-paused' },
    'api-error': fails('suspended-api-error', 'hypervisor-error', 'paused'),
    'postcopy-failed': fails('suspended-postcopy-failed', 'hypervisor-error', 'paused'),
    migrated: pausedByMigration,
    postcopy: pausedByMigration,
    '?': pausedByWish,
  },
  resumed: { '?': runs },
  stopped: {
    failed: fails('stopped-failed', 'qemu-failed', 'off'),
    crashed: fails('stopped-crashed', 'panicked', 'off'),
    '?': stops,
  },
  shutdown: { '?': { kind: 'shuts-down' } },
  pmsuspended: { '?': pausedByWish },
  crashed: { panicked: { kind: 'panics' }, crashloaded: { kind: 'dumps-itself' }, '?': nothing },
};

const listed: Record<DomainState, Meanings> = {
  nostate: { '?': nothing },
  running: { '?': runs },
  blocked: { '?': runs },
  paused: {
    ioerror: fails('found-ioerror', 'io-error', 'paused'),
    'api-error': fails('found-hypervisor-error', 'hypervisor-error', 'paused'),
    'postcopy-failed': fails('found-hypervisor-error', 'hypervisor-error', 'paused'),
    watchdog: { kind: 'doubtful-pause', rule: 'watchdog-paused' },
    crashed: { kind: 'doubtful-pause', rule: 'found-panicked' },
    migration: pausedByMigration,
    postcopy: pausedByMigration,
    '?': pausedByWish,
  },
  shutdown: { '?': { kind: 'shuts-down' } },
  shutoff: {
    crashed: { kind: 'fails', rule: 'found-crashed', fault: 'found-dead', leaves: 'off', past: true },
    daemon: { kind: 'fails', rule: 'found-ended-by-daemon', fault: 'found-dead', leaves: 'off', past: true },
    '?': stops,
  },
  crashed: { '?': fails('found-panicked', 'panicked', 'paused') },
  pmsuspended: { '?': pausedByWish },
};

const lookUp = (meanings: Meanings, word: string): Meaning =>
  (Object.hasOwn(meanings, word) ? meanings[word] : undefined) ?? meanings['?'];

/** What a lifecycle event means. */
export const meaningOfEvent = (event: LifecycleEvent, detail: string): Meaning =>
  lookUp(lifecycle[event], detail);

/** What a row of a listing means. */
export const meaningOfState = (state: DomainState, reason: string): Meaning => lookUp(listed[state], reason);
