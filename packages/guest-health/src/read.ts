/** Checks one unknown value and answers it typed; throws `Unreadable` with the place that is wrong. */
export type Read<T> = (value: unknown, place: string) => T;

/** What a broken record throws inside this package; it never leaves it. */
export class Unreadable extends Error {}

const expected = (what: string, value: unknown, place: string): never => {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  throw new Unreadable(`${place} must be ${what}, found ${found}`);
};

/** Longer texts are cut, not refused: none that is written is longer. */
const longestText = 1_000;

export const aString: Read<string> = (value, place) =>
  typeof value === 'string' ? value.slice(0, longestText) : expected('a text', value, place);

/** A whole number too large for a JSON number. */
export const digits: Read<string> = (value, place) =>
  typeof value === 'string' && /^\d{1,30}$/.test(value) ? value : expected('a text of digits', value, place);

export const aBoolean: Read<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : expected('true or false', value, place);

export const aNumber: Read<number> = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) ? value : expected('a number', value, place);

export const aCount: Read<number> = (value, place) =>
  Number.isSafeInteger(value) && Number(value) >= 0
    ? Number(value)
    : expected('a whole number of at least 0', value, place);

export const oneOf =
  <const W extends string>(words: readonly W[]): Read<W> =>
  (value, place) =>
    words.find(word => word === value) ?? expected(`one of ${words.join(', ')}`, value, place);

export const nullable =
  <T>(read: Read<T>): Read<T | null> =>
  (value, place) =>
    value === null ? null : read(value, place);

export const listOf =
  <T>(read: Read<T>, most: number): Read<T[]> =>
  (value, place) =>
    Array.isArray(value) && value.length <= most
      ? value.map((item, index) => read(item, `${place}[${index}]`))
      : expected(`a list of at most ${most}`, value, place);

/** An object with these keys; others are left out. */
export const anObject =
  <T extends object>(shape: { [K in keyof T]: Read<T[K]> }): Read<T> =>
  (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return expected('an object', value, place);
    const source = value as Record<string, unknown>;
    const entries = Object.entries(shape).map(([key, read]) => [
      key,
      (read as Read<unknown>)(Object.hasOwn(source, key) ? source[key] : undefined, `${place}.${key}`),
    ]);
    return Object.fromEntries(entries) as T;
  };

/** One of several shapes, told apart by the word under `tag`. */
export const taggedBy =
  <T>(tag: string, cases: Readonly<Record<string, Read<T>>>): Read<T> =>
  (value, place) => {
    if (typeof value !== 'object' || value === null) return expected('an object', value, place);
    const word = (value as Record<string, unknown>)[tag];
    const read = typeof word === 'string' && Object.hasOwn(cases, word) ? cases[word] : undefined;
    return read
      ? read(value, place)
      : expected(`tagged with one of ${Object.keys(cases).join(', ')}`, word, `${place}.${tag}`);
  };
