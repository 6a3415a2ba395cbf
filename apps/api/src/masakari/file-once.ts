/**
 * Masakari's senders give no incident key. Theirs is a rule about time: the same host, type and payload within 180 s is a
 * duplicate (`_is_duplicate_notification`, masakari/ha/api.py at ae98f25). Kept here, with two of its defects mended: a
 * failure that happened after the recovery of the one before had ended is a new one, and two senders at the same moment
 * cannot both be first.
 *
 * The latter comes of the key: it names the equal notification before it, so that of all senders who see the same past
 * only one can be stored.
 */
import { incidentKey, isFinal, type NotificationPayload, toMasakariPayload } from '@instance-ha/notification';
import type { FiledNotification, NotificationStore, NotificationSummary } from '@instance-ha/ports';
import { nameUuid } from './name-uuid.ts';

/** Masakari's `duplicate_notification_detection_interval`. */
const duplicateWindowMs = 180_000;
/** Notifications of the same thing that are looked through for an equal one. */
const lookedThrough = 50;
const attempts = 5;

export async function fileOnce(
  store: NotificationStore,
  filed: { host: string; payload: NotificationPayload; generatedAt: string },
  by: { name: string },
): Promise<{ record: NotificationSummary; duplicate: boolean }> {
  let before = await latestEqual(store, filed);
  for (let attempt = 1; ; attempt += 1) {
    if (before && isDuplicate(before, filed.generatedAt)) return { record: before, duplicate: true };
    const stored = await store.file(withKey(filed, before?.id ?? 0), by);
    // Somebody else was first with this key; where what they stored is no duplicate, ours comes after it.
    if (!stored.duplicate || isDuplicate(stored.record, filed.generatedAt) || attempt === attempts)
      return stored;
    before = stored.record;
  }
}

async function latestEqual(
  store: NotificationStore,
  { host, payload }: { host: string; payload: NotificationPayload },
): Promise<NotificationSummary | undefined> {
  // An instance has few notifications, and its host thousands in a storm: together they tempt the planner to walk the host's.
  const filter =
    payload.type === 'COMPUTE_INSTANCE' ? { instance: payload.instanceUuid } : { host, type: payload.type };
  const found = await store.list(filter, { limit: lookedThrough });
  const wanted = fingerprint(payload);
  return found.find(record => record.host === host && fingerprint(record.payload) === wanted);
}

function isDuplicate(before: NotificationSummary, generatedAt: string): boolean {
  const generatedMs = Date.parse(generatedAt);
  if (Date.parse(before.detectedAt) < generatedMs - duplicateWindowMs) return false;
  const endedBefore =
    isFinal(before.status) && before.endedAt !== null && Date.parse(before.endedAt) < generatedMs;
  return !endedBefore;
}

const fingerprint = (payload: NotificationPayload): string =>
  JSON.stringify(
    Object.entries({ ...toMasakariPayload(payload), type: payload.type }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

function withKey(
  { host, payload, generatedAt }: { host: string; payload: NotificationPayload; generatedAt: string },
  after: number,
): FiledNotification {
  const window = `masakari after ${after}`;
  const key =
    payload.type === 'COMPUTE_INSTANCE'
      ? incidentKey({
          type: 'COMPUTE_INSTANCE',
          host,
          instanceUuid: payload.instanceUuid,
          boot: `${window} ${nameUuid(fingerprint(payload))}`,
          sequence: 1,
        })
      : payload.type === 'COMPUTE_HOST'
        ? incidentKey({ type: 'COMPUTE_HOST', host, window: `${window} ${nameUuid(fingerprint(payload))}` })
        : incidentKey({
            type: 'COMPUTE_PROCESS',
            host,
            processName: nameUuid(payload.processName),
            window: `${window} ${payload.event}`,
          });
  return { incidentKey: key, host, faultAt: generatedAt, detectedAt: generatedAt, payload, evidence: null };
}
