import { type GuestPhase, guestPhases } from '../../model/guest-phases.ts';

/** Which guests the page shows, as its address says: `?host=node-1&phase=unmonitored`. */
export type GuestFilter = { host?: string; phase?: GuestPhase; cursor?: string };

export function guestFilterOf(search: Partial<Record<string, string>>): GuestFilter {
  const { host, phase, cursor } = search;
  return {
    ...(host !== undefined && /^[a-zA-Z0-9._-]{1,255}$/.test(host) ? { host } : {}),
    ...(phase !== undefined && isPhase(phase) ? { phase } : {}),
    ...(cursor !== undefined && /^[0-9a-f-]{36}$/.test(cursor) ? { cursor } : {}),
  };
}

const isPhase = (text: string): text is GuestPhase => (guestPhases as readonly string[]).includes(text);
