import type { GuestState } from './guest-state.ts';

/** What one guest adds to the sums of its host. */
export type Share = {
  /** Answered in this boot and is on: it is one of those whose silence would mean something. */
  heard: boolean;
  /** One of the heard that does not answer now. */
  silent: boolean;
  /** Judged silent and waiting for the gate. */
  accused: boolean;
  held: boolean;
  /** When it was last asked with a result; Infinity for a guest nobody listens to. */
  lookMs: number;
  wakeAtMs: number;
};

export function shareOf(guest: GuestState): Share {
  const { standing } = guest;
  const nobody: Share = {
    heard: false,
    silent: false,
    accused: false,
    held: false,
    lookMs: Number.POSITIVE_INFINITY,
    wakeAtMs: Number.POSITIVE_INFINITY,
  };
  const lookMs = guest.hearing.lookedAtMs ?? Number.NEGATIVE_INFINITY;
  switch (standing.phase) {
    case 'unknown':
    case 'unmonitored':
    case 'unproven':
    case 'suspended':
    case 'stopped':
      return nobody;
    case 'alive':
      return { ...nobody, heard: true, lookMs };
    case 'suspect':
      return { ...nobody, heard: true, silent: true, lookMs };
    case 'held':
      return { ...nobody, heard: true, silent: true, held: true, lookMs };
    case 'failed': {
      const silent = standing.silentUntilMs !== null;
      return {
        ...nobody,
        heard: silent,
        silent,
        wakeAtMs: standing.silentUntilMs ?? Number.POSITIVE_INFINITY,
      };
    }
    case 'confirming': {
      const { charge } = standing;
      const wakeAtMs = standing.dueAtMs ?? Number.POSITIVE_INFINITY;
      if (charge.kind === 'paused' || charge.kind === 'panicked') return { ...nobody, wakeAtMs };
      const silent = charge.kind === 'silence' || charge.kind === 'agent-away';
      const heard = guest.life.proven;
      return {
        ...nobody,
        heard,
        silent: heard && silent,
        accused: charge.kind === 'silence',
        lookMs: heard ? lookMs : Number.POSITIVE_INFINITY,
        wakeAtMs,
      };
    }
  }
}
