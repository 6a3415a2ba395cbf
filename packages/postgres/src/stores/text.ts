/** PostgreSQL's text holds every character but NUL; what is no character at all becomes U+FFFD. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

/** The same, for a column that may be empty. */
export const storableOrNull = (text: string | null): string | null =>
  text === null ? null : storableText(text);

/** Text that a column may hold; what cannot be stored cannot be found either. */
export const isStorable = (text: string): boolean => text === storableText(text);

/** Text that can be compared with a uuid column at all. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Anything JSON can say, as it is stored. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`expected a value that JSON can hold, found ${typeof value}`);
  return text;
}

/** Rows a page may hold, whatever was asked for: one more than is ever sent, which tells whether there is a next page. */
const pageMax = 1_001;

export function pageLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 0)
    throw new RangeError(`a page holds 0 or more rows, not ${limit}`);
  return Math.min(limit, pageMax);
}
