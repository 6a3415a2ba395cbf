/** Instants and spans as people read them. Every function is pure: the zone and the locale are the browser's own. */

const toTheSecond = {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
} as const;
const thisYear = new Intl.DateTimeFormat(undefined, toTheSecond);
const otherYear = new Intl.DateTimeFormat(undefined, { ...toTheSecond, year: 'numeric' });

/** In the viewer's zone, to the second; the year only where it is not this one. */
export function localTime(iso: string, nowMs: number = Date.now()): string {
  const at = new Date(iso);
  const isThisYear = at.getFullYear() === new Date(nowMs).getFullYear();
  return (isThisYear ? thisYear : otherYear).format(at);
}

/** The instant itself, for whoever must compare it with a log. */
export const exactTime = (iso: string): string => iso.replace('T', ' ').replace('Z', ' UTC');

/** `812 ms`, `3.3 s`, `4 min 10 s`, `2 h 5 min`, `3 d 2 h`. */
export function span(ms: number): string {
  const sign = ms < 0 ? '−' : '';
  const size = Math.abs(ms);
  if (size < 1000) return `${sign}${Math.round(size)} ms`;
  if (size < 59_950) return `${sign}${(size / 1000).toFixed(1)} s`;
  const seconds = Math.round(size / 1000);
  if (seconds < 3600) return sign + pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return sign + pair(minutes, 60, 'h', 'min');
  return sign + pair(Math.round(minutes / 60), 24, 'd', 'h');
}

const pair = (count: number, base: number, large: string, small: string): string =>
  count % base === 0
    ? `${count / base} ${large}`
    : `${Math.floor(count / base)} ${large} ${count % base} ${small}`;

/** `12 s ago`, `in 3 min`. */
export const ago = (iso: string, nowMs: number): string => {
  const ms = nowMs - Date.parse(iso);
  if (Math.abs(ms) < 1000) return 'just now';
  const rounded = Math.abs(ms) < 59_500 ? Math.round(Math.abs(ms) / 1000) * 1000 : Math.abs(ms);
  const told = rounded < 60_000 ? `${rounded / 1000} s` : span(rounded);
  return ms > 0 ? `${told} ago` : `in ${told}`;
};
