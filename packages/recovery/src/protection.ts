import type { RecoveryPolicy } from './policy.ts';
import type { InstanceSighting, RecoverySubject } from './subject.ts';

/**
 * What the metadata of an instance says about its recovery. One judgement for a failed instance and for each instance of a
 * failed host. Metadata is its owner's own: it may keep hands off that one instance, and nothing else.
 *
 * | key                                     | of        | says                                                         |
 * | --------------------------------------- | --------- | ------------------------------------------------------------ |
 * | `ha_enabled_instance_metadata_key`      | Masakari  | true: it is marked for high availability                     |
 * | `sw:wrs:auto_recovery`                  | StarlingX | the same, where the key above is absent                      |
 * | `evacuable`                             | RHOSO     | the same, where both are absent                              |
 * | `HA_Hold_Until`                         | ours      | nothing is done to it before that instant                    |
 *
 * True is what Masakari takes for true: true, yes, on, y, t or 1, in any case.
 */
export type Metadata = Readonly<Record<string, string>>;

export const holdKey = 'HA_Hold_Until';
const otherMarks = ['sw:wrs:auto_recovery', 'evacuable'] as const;

const truths = new Set(['true', '1', 'yes', 'on', 't', 'y']);

export const isMarked = (metadata: Metadata, haEnabledKey: string): boolean => {
  const mark = markOf(metadata, haEnabledKey);
  return mark !== null && truths.has(mark.text.trim().toLowerCase());
};

/** Why it does not count as marked, to stand after "it": names the key that was looked for, or that said something else. */
export function whyUnmarked(metadata: Metadata, haEnabledKey: string): string {
  const mark = markOf(metadata, haEnabledKey);
  if (mark === null) return `its metadata does not say ${haEnabledKey}`;
  return `its metadata says ${mark.key} = ${quoted(mark.text)}, which is not true`;
}

function markOf(metadata: Metadata, haEnabledKey: string): { key: string; text: string } | null {
  for (const key of [haEnabledKey, ...otherMarks]) {
    const text = metadata[key];
    if (text !== undefined) return { key, text };
  }
  return null;
}

/**
 * The hold of an instance's owner. Only an instant that can be read and lies ahead holds anything: a date without a time, a time
 * without a zone or any other text would keep an instance unprotected for nobody knows how long.
 */
export type Hold =
  | { hold: 'none' }
  | { hold: 'until'; text: string; leftMs: number }
  | { hold: 'over' | 'unreadable'; remark: string };

/** ISO 8601 with a time and a zone: `2026-11-26T14:30Z`, `2026-11-26T15:30:00+01:00`. */
const instant = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)$/;

/** `nowMs`: milliseconds since 1970-01-01T00:00:00Z; null where it cannot be told, and then nothing is held. */
export function holdOf(metadata: Metadata, nowMs: number | null): Hold {
  const text = metadata[holdKey]?.trim();
  if (text === undefined || text === '' || nowMs === null) return { hold: 'none' };
  const untilMs = instant.test(text) ? Date.parse(withMinutes(text.toUpperCase())) : Number.NaN;
  if (Number.isNaN(untilMs)) {
    const expected = 'expected an instant with its zone, e.g. 2026-11-26T14:30:00Z';
    return { hold: 'unreadable', remark: `${holdKey} = ${quoted(text)} held nothing: ${expected}` };
  }
  if (untilMs <= nowMs) return { hold: 'over', remark: `its owner's hold ended at ${text}` };
  return { hold: 'until', text, leftMs: untilMs - nowMs };
}

/** `+01` and `+0100` are ISO 8601 too; `Date.parse` reads `+01:00` alone. */
const withMinutes = (text: string): string =>
  text.replace(/([+-]\d\d)(\d\d)?$/, (_zone, hours: string, minutes = '00') => `${hours}:${minutes}`);

/** What a journal may keep: of an instance's metadata the keys that are read here, and nothing else of its owner's. */
export function withoutPrivateMetadata(policy: RecoveryPolicy, sighting: InstanceSighting): InstanceSighting {
  if (sighting.seen !== 'instance' || !sighting.metadata) return sighting;
  const keys = new Set<string>([policy.haEnabledKey, ...otherMarks, holdKey]);
  const kept = Object.entries(sighting.metadata).filter(([key]) => keys.has(key));
  return { ...sighting, metadata: Object.fromEntries(kept) };
}

/** The instant of a fact, by the database's clock; null in journals that do not tell when the notification was accepted. */
export function instantOf(subject: Pick<RecoverySubject, 'acceptedAt'>, atMs: number): number | null {
  return subject.acceptedAt === undefined ? null : Date.parse(subject.acceptedAt) + atMs;
}

/** Metadata may be 255 characters long; so much of it says what is wrong. */
const quoted = (text: string): string => JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
