const pad = (value: number): string => String(value).padStart(2, '0');

/** An instant as a `datetime-local` field shows it: the viewer's wall clock, to the minute. */
export function toLocalInput(iso: string | undefined): string | undefined {
  if (iso === undefined) return undefined;
  const at = new Date(iso);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** Back again; undefined for a field that is empty or half filled. */
export function fromLocalInput(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
