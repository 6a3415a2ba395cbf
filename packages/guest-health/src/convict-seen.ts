import type { GuestFault, Handler } from '@instance-ha/notification';
import type { Input } from './evidence.ts';
import type { Condition, GuestState } from './guest-state.ts';
import type { GuestPolicy } from './policy.ts';
import { printable } from './printable.ts';
import type { GuestRule } from './rule.ts';
import { sentences } from './sentence.ts';
import type { Step } from './step.ts';
import { signSince } from './trail.ts';
import { convict } from './verdict.ts';

/** How a meaning came to be known. */
export type Sight = {
  by: 'event' | 'listing';
  /** libvirt's words, e.g. `stopped/failed`. */
  words: string;
  /** The domain is in a life that was not known before. */
  isNewLife: boolean;
  domainId: number | null;
  atMs: number;
  wallAtMs: number;
};

export type Failure = { rule: GuestRule; fault: GuestFault; leaves: Condition; handledBy?: Handler };

/** Convicts by libvirt's own words. */
export function convictSeen(policy: GuestPolicy, guest: GuestState, failure: Failure, sight: Sight): Step {
  const { atMs, by, words } = sight;
  const input: Input = { signal: by === 'event' ? 'lifecycle' : 'state', value: words, atMs };
  return convict(
    policy,
    guest,
    {
      rule: failure.rule,
      fault: failure.fault,
      handledBy: failure.handledBy ?? 'none',
      summary: sentences[failure.rule],
      inputs: [input],
      leaves: failure.leaves,
      ended: failure.leaves === 'off' && !words.startsWith('crashed/'),
      silent: false,
      faultAtMs: firstSignMs(policy, guest, failure.fault, atMs),
      libvirtEvent: by === 'event' ? { event: 'LIFECYCLE', virDomainEvent: masakariWords(words) } : null,
    },
    atMs,
  );
}

/** `stopped/failed` as Masakari spells it: `STOPPED_FAILED`. */
const masakariWords = (words: string): string => printable(words.replaceAll(/[/-]/g, '_').toUpperCase(), 255);

/** The first event of the incident that the deciding one ends. */
function firstSignMs(policy: GuestPolicy, guest: GuestState, fault: GuestFault, atMs: number): number {
  const within = (signal: string, sinceMs: number, ...words: string[]): number =>
    signSince(guest, { signal, value: value => words.some(word => value.startsWith(word)), sinceMs }) ?? atMs;
  const windowMs = atMs - policy.incidentWindowMs;
  switch (fault) {
    case 'panicked':
      return Math.min(
        within('lifecycle', atMs - policy.pauseConfirmMs, 'suspended/paused'),
        within('lifecycle', windowMs, 'crashed/panicked'),
      );
    case 'io-error':
      return within('io-error', windowMs, 'pause');
    case 'watchdog-stopped':
      return within('watchdog', atMs - policy.evidenceMaxAgeMs, 'poweroff', 'shutdown');
    case 'qemu-failed':
    case 'watchdog-reset':
    case 'watchdog-paused':
    case 'hypervisor-error':
    case 'heartbeat-lost':
    case 'agent-lost':
    case 'boot-loop':
    case 'found-dead':
      return atMs;
  }
}
