import type { GuestSignal } from '@instance-ha/guest-health';
import type { LibvirtEvent } from '@instance-ha/libvirt-rpc';
import { agentReasonWord, agentStateWord, ioErrorWord, lifecycleWords, watchdogWord } from './words.ts';

/**
 * One event of libvirt as a signal. Undefined for a lifecycle event or an agent state that has no word: it is counted and
 * logged by the caller, and the next listing tells what became of the guest.
 *
 * libvirt sends `io-error` and `io-error-reason` in pairs, one pair for each request in flight. Both become a signal, the
 * former with `reason` null.
 */
export function translateEvent(event: LibvirtEvent, atMs: number): GuestSignal | undefined {
  switch (event.type) {
    case 'lifecycle': {
      const words = lifecycleWords(event.event, event.detail);
      return words && { type: 'lifecycle', ...words, domainId: domainId(event.domain.id), atMs };
    }
    case 'reboot':
      return { type: 'reboot', atMs };
    case 'watchdog':
      return { type: 'watchdog', action: watchdogWord(event.action), atMs };
    case 'io-error':
      return { type: 'io-error', action: ioErrorWord(event.action), reason: null, atMs };
    case 'io-error-reason':
      return { type: 'io-error', action: ioErrorWord(event.action), reason: event.reason || null, atMs };
    case 'control-error':
      return { type: 'control-error', atMs };
    case 'agent-lifecycle': {
      const state = agentStateWord(event.state);
      return state && { type: 'agent', state, reason: agentReasonWord(event.reason), atMs };
    }
  }
}

/** libvirt's −1 for a domain that is off. */
export const domainId = (id: number): number | null => (id < 0 ? null : id);
