import type { GuestState, Life } from './guest-state.ts';

/** A guest nobody has seen before. */
export function newGuest(
  instanceUuid: string,
  seen: { domainId: number | null; atMs: number; wallAtMs: number },
): GuestState {
  return {
    instanceUuid,
    instanceName: instanceUuid,
    profile: null,
    standing: { phase: 'unknown' },
    why: 'just found',
    sinceMs: seen.atMs,
    life: newLife(seen.domainId, seen.wallAtMs),
    hearing: {
      askedAtMs: null,
      lookedAtMs: null,
      unanswered: 0,
      heedFromMs: seen.atMs,
      awaySinceMs: null,
      awayIsNothingUntilMs: seen.atMs,
    },
    incident: null,
    watchdog: null,
    reboots: [],
    trail: [],
    blindSinceMs: null,
    lookedAway: true,
  };
}

/** A wall clock is part of the name because libvirt counts its domain ids anew after the host has booted. */
const newLife = (domainId: number | null, wallAtMs: number): Life => ({
  boot: `${domainId ?? 'off'}@${Math.max(0, Math.round(wallAtMs)).toString(36)}`,
  domainId,
  ended: false,
  heard: false,
  proven: false,
  lastBeatMs: null,
  incidents: 0,
  runningReason: null,
  cpu: null,
  cpuFloorNs: null,
});

/** The same guest in a new life: nothing the last life proved holds any more. Its incident stays open. */
export function beginLife(
  guest: GuestState,
  seen: { domainId: number | null; atMs: number; wallAtMs: number },
): GuestState {
  return {
    ...guest,
    life: newLife(seen.domainId, seen.wallAtMs),
    hearing: { ...guest.hearing, unanswered: 0, heedFromMs: seen.atMs, awaySinceMs: null },
    watchdog: null,
    reboots: [],
  };
}

/**
 * The guest in the life that this sight of it belongs to, and whether that life is new. Only for what is seen of a
 * domain that is on: libvirt shows no id for one that is off.
 */
export function recogniseLife(
  guest: GuestState,
  seen: { domainId: number | null; cpuTimeNs?: bigint | null; atMs: number; wallAtMs: number },
): { guest: GuestState; isNew: boolean } {
  const { life } = guest;
  const { domainId } = seen;
  // The CPU time of one QEMU never falls: where it did, an id was used again.
  const fell = seen.cpuTimeNs != null && life.cpuFloorNs !== null && seen.cpuTimeNs < life.cpuFloorNs;
  if (domainId !== null && life.domainId === null && !life.ended) {
    const blank = life.incidents === 0 && !life.heard;
    if (blank) return { guest: beginLife(guest, seen), isNew: guest.standing.phase !== 'unknown' };
    return { guest: { ...guest, life: { ...life, domainId } }, isNew: false };
  }
  if (fell || (domainId !== null && domainId !== life.domainId))
    return { guest: beginLife(guest, seen), isNew: true };
  return { guest, isNew: false };
}

/** Pings sent before this instant are of another situation. */
export const heedFrom = (guest: GuestState, atMs: number): GuestState => ({
  ...guest,
  hearing: { ...guest.hearing, heedFromMs: atMs },
});

export const withLife = (guest: GuestState, change: Partial<Life>): GuestState => ({
  ...guest,
  life: { ...guest.life, ...change },
});
