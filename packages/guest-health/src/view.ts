import type { GuestPhase, GuestView } from './effect.ts';
import type { GuestState } from './guest-state.ts';
import type { HostState } from './host-state.ts';

/** One guest as it is told to the API, the log and the console. */
export function viewGuest(guest: GuestState): GuestView {
  const { standing, life, incident, profile } = guest;
  return {
    instanceUuid: guest.instanceUuid,
    instanceName: guest.instanceName,
    phase: standing.phase,
    why: guest.why,
    sinceMs: guest.sinceMs,
    lastBeatMs: life.lastBeatMs,
    misses: missesOf(guest),
    boot: life.boot,
    domainId: life.ended ? null : life.domainId,
    profile: profile && {
      agentChannel: profile.agentChannel,
      panicDevice: profile.panicDevice,
      watchdog: profile.watchdog,
    },
    incident: incident && {
      boot: incident.boot,
      sequence: incident.sequence,
      fault: incident.fault,
      heardAgainAtMs: incident.heardAgainAtMs,
      heardAgainBoot: incident.heardAgainBoot,
    },
  };
}

function missesOf({ standing }: GuestState): number {
  switch (standing.phase) {
    case 'suspect':
    case 'held':
      return standing.misses.length;
    case 'confirming':
      return standing.charge.kind === 'silence' ? standing.charge.misses.length : 0;
    case 'unknown':
    case 'unmonitored':
    case 'unproven':
    case 'alive':
    case 'failed':
    case 'suspended':
    case 'stopped':
      return 0;
  }
}

/** The host as a whole. */
export type HostView = {
  guests: number;
  byPhase: Readonly<Record<GuestPhase, number>>;
  gate: { suspect: boolean; sinceMs: number; silent: number; heard: number; held: number };
  blind: { sinceMs: number; cause: string } | null;
  /** The probe has looked at this host at least once. */
  sighted: boolean;
};

export function viewHost(state: HostState): HostView {
  const { silent, heard, held, byPhase } = state.guests.totals;
  return {
    guests: state.guests.size,
    byPhase,
    gate: { ...state.gate, silent, heard, held },
    blind: state.blind,
    sighted: state.sighted,
  };
}
