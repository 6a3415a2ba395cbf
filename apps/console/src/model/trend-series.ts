import type { Trends } from '@instance-ha/contracts';

/** What the picture shows: few lines, each of phases that mean the same to an operator. */
export const trendGroups = [
  { key: 'well', label: 'well', phases: ['alive'] },
  { key: 'unproven', label: 'not heard yet', phases: ['unknown', 'unproven'] },
  { key: 'crashOnly', label: 'watched for crashes only', phases: ['unmonitored'] },
  { key: 'troubled', label: 'suspect or held', phases: ['suspect', 'confirming', 'held'] },
  { key: 'failed', label: 'failed', phases: ['failed'] },
  { key: 'off', label: 'off or suspended', phases: ['stopped', 'suspended'] },
  { key: 'unheard', label: 'of silent monitors', phases: [] },
] as const;
export type TrendKey = (typeof trendGroups)[number]['key'];

/** Seconds since 1970 and one list of counts a group; null where nobody looked for minutes, so that no line crosses it. */
export type TrendSeries = {
  at: number[];
  groups: { key: TrendKey; label: string; counts: (number | null)[] }[];
};

/** Samples are a minute apart; a longer pause is a gap. */
const gapSeconds = 180;

export function trendSeries({ at, guests, unheard }: Trends): TrendSeries {
  const seconds = at.map(one => Date.parse(one) / 1000);
  const times: number[] = [];
  const places: (number | null)[] = [];
  for (const [index, second] of seconds.entries()) {
    const last = seconds[index - 1];
    if (last !== undefined && second - last > gapSeconds) {
      times.push(last + 60);
      places.push(null);
    }
    times.push(second);
    places.push(index);
  }
  const groups = trendGroups.map(({ key, label, phases }) => ({
    key,
    label,
    counts: places.map(place => {
      if (place === null) return null;
      if (key === 'unheard') return unheard[place] ?? 0;
      return phases.reduce((sum, phase) => sum + (guests[phase]?.[place] ?? 0), 0);
    }),
  }));
  return { at: times, groups: groups.filter(({ counts }) => counts.some(count => (count ?? 0) > 0)) };
}

/** The picture in words, for those who do not see it. */
export function trendInWords({ at, groups }: TrendSeries): string {
  if (at.length === 0) return 'nothing is known yet';
  return groups
    .map(({ label, counts }) => {
      const known = counts.filter(count => count !== null);
      const [least, most] = [Math.min(...known), Math.max(...known)];
      const now = known.at(-1) ?? 0;
      return least === most ? `${label}: ${now}` : `${label}: ${now} now, between ${least} and ${most}`;
    })
    .join('; ');
}
