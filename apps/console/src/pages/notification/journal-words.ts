/** Fields of a recorded fact that every reader can do without in a sentence. */
const silent = new Set(['type', 'atMs', 'policy', 'subject']);

export type JournalWords = { what: string; detail: string };

/** One fact of a recovery as a line: its type, and the rest of it as `name value`. Facts of later versions too. */
export function journalWords(event: unknown): JournalWords {
  if (typeof event !== 'object' || event === null) return { what: 'fact', detail: String(event) };
  const fact = event as Record<string, unknown>;
  const detail = Object.entries(fact)
    .filter(([name, value]) => !silent.has(name) && value !== null && value !== undefined)
    .map(([name, value]) => `${name} ${valueWords(value)}`);
  const what = typeof fact.type === 'string' ? fact.type : 'fact';
  return { what: what.replaceAll('-', ' '), detail: detail.join(' · ') };
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueWords).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return `(${parts.map(([name, inner]) => `${name} ${valueWords(inner)}`).join(', ')})`;
}

/** When it was noted, in milliseconds since the notification was accepted; null where it does not say. */
export const journalOffsetMs = (event: unknown): number | null => {
  const atMs = (event as { atMs?: unknown } | null)?.atMs;
  return typeof atMs === 'number' ? atMs : null;
};
