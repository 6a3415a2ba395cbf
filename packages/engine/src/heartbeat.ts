import type { GuestStore, InstanceRef, NotificationRecord } from '@instance-ha/ports';
import type { HeartbeatSighting } from '@instance-ha/recovery';

/**
 * Whether the guest was heard since it failed. Where it failed a second time meanwhile its monitor tells of the later
 * incident only; having been heard after that one is having been heard after this one too. Both instants are of the same
 * monitor's clock.
 */
export async function askHeartbeat(options: {
  guests: GuestStore;
  notification: NotificationRecord;
  ref: InstanceRef;
  silentAfterMs: number;
}): Promise<HeartbeatSighting> {
  const { guests, notification, ref, silentAfterMs } = options;
  const { incidentKey, faultAt } = notification;
  const sighting = await guests.heartbeat({ incidentKey, ...ref }, { silentAfterMs });
  if (sighting.heartbeat === 'heard') return sighting;
  const guest = await guests.get(ref.instanceUuid);
  if (!guest?.heardAgainAt || guest.incidentKey === incidentKey || guest.host !== ref.host) return sighting;
  const atMs = Date.parse(guest.heardAgainAt);
  return atMs > Date.parse(faultAt) ? { heartbeat: 'heard', atMs } : sighting;
}
