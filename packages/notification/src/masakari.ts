import type { NotificationType } from './type.ts';

/** How Masakari's wire (microversions 1.0 to 1.3) spells a notification type. */
export const masakariTypes = ['COMPUTE_HOST', 'VM', 'PROCESS'] as const;
export type MasakariType = (typeof masakariTypes)[number];

const spellings: readonly (readonly [NotificationType, MasakariType])[] = [
  ['COMPUTE_HOST', 'COMPUTE_HOST'],
  ['COMPUTE_INSTANCE', 'VM'],
  ['COMPUTE_PROCESS', 'PROCESS'],
];

/** Our name as Masakari spells it. */
export function toMasakariType(type: NotificationType): MasakariType {
  const found = spellings.find(([ours]) => ours === type);
  if (!found) throw new Error(`no Masakari spelling for notification type ${type}`);
  return found[1];
}

/** Either spelling as our name; undefined when it is neither. */
export const fromEitherSpelling = (name: string): NotificationType | undefined =>
  spellings.find(([ours, theirs]) => ours === name || theirs === name)?.[0];

/** An ISO 8601 time with milliseconds and `Z` as Masakari writes it: UTC without a zone, six digits after the second. */
export const toMasakariTime = (iso: string): string => iso.replace(/(\.\d{3})Z$/, '$1000');
