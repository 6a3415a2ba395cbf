import type { HostInstance } from '../host-subject.ts';
import { isMarked } from '../protection.ts';

/** Metadata keys that name a priority: ours, StarlingX's and RHOSO's; a smaller number comes first. */
const priorityKeys = ['HA_Priority', 'sw:wrs:recovery_priority', 'evacuation_priority'] as const;
const leastPriority = 10;

/**
 * The order in which instances are evacuated: by the priority that their metadata names (1 first, 10 when none does), those
 * marked for high availability before the others, then by name and id so that the order is the same each time.
 */
export function inOrder(instances: readonly HostInstance[], haEnabledKey: string): HostInstance[] {
  const rank = (instance: HostInstance): [number, number, string] => [
    priorityOf(instance.metadata),
    isMarked(instance.metadata, haEnabledKey) ? 0 : 1,
    `${instance.name ?? ''} ${instance.instanceUuid}`,
  ];
  return instances
    .map(instance => ({ instance, rank: rank(instance) }))
    .sort((a, b) => compare(a.rank, b.rank))
    .map(({ instance }) => instance);
}

function priorityOf(metadata: Readonly<Record<string, string>>): number {
  for (const key of priorityKeys) {
    const text = metadata[key]?.trim();
    if (text && /^\d{1,3}$/.test(text)) return Number(text);
  }
  return leastPriority;
}

function compare(a: [number, number, string], b: [number, number, string]): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] - b[1];
  return a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0;
}
