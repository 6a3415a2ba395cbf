/**
 * How the text of an option becomes a typed value and back. Units change here and nowhere else: seconds and days
 * become milliseconds, KiB become bytes.
 */
import { z } from 'zod';
import { nearestName } from '../nearest-name.ts';
import { Secret } from './secret.ts';

export type ValueKind =
  | 'int'
  | 'float'
  | 'bool'
  | 'string'
  | 'choice'
  | 'duration'
  | 'size'
  | 'list'
  | 'map'
  | 'multi'
  | 'path'
  | 'url'
  | 'address';

export type ReadResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly hint?: string };

/** One way of writing values. `Value` is what the program gets. */
export type ValueType<Value> = {
  readonly kind: ValueKind;
  /** What is expected, to follow the word "expected". */
  readonly expects: string;
  /** Unit of the written number. */
  readonly unit?: string;
  /** Bounds of the written number, in its unit. */
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  readonly secret: boolean;
  /** Whether a wrong value may be a secret, so that it is not shown: the token instead of the file with it. */
  readonly hidesWrong: boolean;
  /** Whether an empty text means "not set". */
  readonly optional: boolean;
  /** Whether the key may be repeated, each occurrence giving one value. */
  readonly repeats: boolean;
  /** Reads the text; of a type that repeats, the text of each occurrence in order. */
  read(texts: readonly string[]): ReadResult<Value>;
  /** The text that reads as `value`; one for each occurrence. */
  print(value: Value): string[];
};

type Facts = Partial<Pick<ValueType<unknown>, 'unit' | 'min' | 'max' | 'choices'>>;

/** Makes a type of one text from a zod schema or codec. */
function single<Value>(
  kind: ValueKind,
  expects: string,
  codec: z.ZodType<Value, string>,
  facts: Facts = {},
): ValueType<Value> {
  return {
    kind,
    expects,
    ...facts,
    secret: false,
    hidesWrong: false,
    optional: false,
    repeats: false,
    read(texts) {
      const read = z.safeDecode(codec, texts.at(-1)?.trim() ?? '');
      if (read.success) return { ok: true, value: read.data };
      const hint = read.error.issues.map(hintOf).find(each => each !== undefined);
      return hint === undefined ? { ok: false } : { ok: false, hint };
    },
    print: value => [z.encode(codec, value)],
  };
}

/** Refuses inside a codec; `hint` may say more than what was expected. */
function refuse(context: z.core.ParsePayload, hint?: string): typeof z.NEVER {
  context.issues.push({ code: 'custom', input: context.value, params: { hint } });
  return z.NEVER;
}

function hintOf(issue: z.core.$ZodIssue): string | undefined {
  const hint: unknown = issue.code === 'custom' ? issue.params?.hint : undefined;
  return typeof hint === 'string' ? hint : undefined;
}

type Bounds = { readonly min: number; readonly max: number };

const range = ({ min, max }: Bounds): string => `from ${min} to ${max}`;

function readNumber(text: string, context: z.core.ParsePayload, unit?: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/\s[#;]/.test(text)) return refuse(context, 'a comment needs a line of its own');
  if (unit !== undefined && /^[\d.]+\s*[a-z]+$/i.test(text)) {
    return refuse(context, `write the number alone, it is in ${unit}`);
  }
  return refuse(context);
}

/** A whole number within bounds, both included. */
export function integer(options: Bounds & { unit?: string }): ValueType<number> {
  const { min, max, unit } = options;
  const codec = z.codec(z.string(), z.int().min(min).max(max), {
    decode: (text, context) => {
      const value = readNumber(text, context);
      return Number.isInteger(value) && /^[+-]?\d+$/.test(text) ? value : refuse(context);
    },
    encode: String,
  });
  const what = unit === undefined ? 'a whole number' : `a whole number of ${unit}`;
  return single('int', `${what} ${range(options)}`, codec, {
    min,
    max,
    ...(unit === undefined ? {} : { unit }),
  });
}

/** A decimal number within bounds, both included. */
export function decimal(options: Bounds): ValueType<number> {
  const { min, max } = options;
  const codec = z.codec(z.string(), z.number().min(min).max(max), {
    decode: (text, context) => readNumber(text, context),
    encode: String,
  });
  return single('float', `a number ${range(options)}`, codec, { min, max });
}

type QuantityOptions = Bounds & { whole?: boolean };

function quantity(
  kind: 'duration' | 'size',
  unit: string,
  factor: number,
  options: QuantityOptions,
): ValueType<number> {
  const { min, max, whole = false } = options;
  const codec = z.codec(
    z.string(),
    z
      .int()
      .min(min * factor)
      .max(max * factor),
    {
      decode: (text, context) => {
        const value = readNumber(text, context, unit) * factor;
        if (whole && !/^[+-]?\d+$/.test(text)) return refuse(context);
        const rounded = Math.round(value);
        if (Math.abs(value - rounded) < 1e-6) return rounded;
        return refuse(context, 'a thousandth is the finest step');
      },
      encode: value => String(value / factor),
    },
  );
  const what = whole ? `a whole number of ${unit}` : `a number of ${unit}`;
  return single(kind, `${what} ${range(options)}`, codec, { min, max, unit });
}

/** A duration written in seconds (decimals down to a millisecond, unless `whole`), read as milliseconds. */
export const seconds = (options: QuantityOptions): ValueType<number> =>
  quantity('duration', 'seconds', 1000, options);

/** A duration written in whole days, read as milliseconds. */
export const days = (options: Bounds): ValueType<number> =>
  quantity('duration', 'days', 86_400_000, { ...options, whole: true });

/** A size written in whole KiB, read as bytes. */
export const kibibytes = (options: Bounds): ValueType<number> =>
  quantity('size', 'KiB', 1024, { ...options, whole: true });

const booleanWords = new Map([
  ['true', true],
  ['1', true],
  ['on', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['off', false],
  ['no', false],
]);

/** The spellings of oslo.config (`oslo_config/types.py: Boolean`), in any case. */
export function boolean(): ValueType<boolean> {
  const codec = z.codec(z.string(), z.boolean(), {
    decode: (text, context) => booleanWords.get(text.toLowerCase()) ?? refuse(context),
    encode: value => (value ? 'True' : 'False'),
  });
  return single('bool', 'True or False (or 1, on, yes; 0, off, no)', codec, { choices: ['True', 'False'] });
}

/** One of several words. `words` maps what is written to what the program gets. */
export function choice<const Value extends string>(words: Record<string, Value>): ValueType<Value> {
  const names = Object.keys(words);
  const codec = z.codec(z.string(), z.custom<Value>(), {
    decode: (text, context) => {
      const value = Object.hasOwn(words, text) ? words[text] : undefined;
      if (value !== undefined) return value;
      const near = nearestName(text, names);
      return refuse(context, near && `did you mean ${near}?`);
    },
    encode: value => names.find(name => words[name] === value) ?? value,
  });
  const expects = names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  return single('choice', expects, codec, { choices: names });
}

/** A text that matches `pattern`; `expects` says so in words. */
export function text(options: { pattern: RegExp; expects: string }): ValueType<string> {
  return single('string', options.expects, z.string().regex(options.pattern));
}

/** An absolute path: a daemon has no working folder to be relative to. */
export function absolutePath(): ValueType<string> {
  return single('path', 'an absolute path', z.string().regex(/^\/[^\n]{0,4095}$/));
}

/** A path of a file that holds a secret. */
export const secretFile = (): ValueType<string> => ({ ...absolutePath(), hidesWrong: true });

/** A host name or an IPv4 or IPv6 address, without a port. */
export function address(): ValueType<string> {
  const schema = z.union([
    z.ipv4(),
    z.ipv6(),
    z
      .string()
      .max(253)
      .regex(/^(?!\d+(\.\d+)*$)[\w-]+(\.[\w-]+)*\.?$/),
  ]);
  return single('address', 'an IP address or a host name, without a port', schema);
}

export type UrlOptions = {
  readonly schemes: readonly string[];
  readonly expects: string;
  /** A part that must not be there: `host` for what is reached on this machine alone. */
  readonly without?: 'credentials' | 'host';
};

/** A URL of one of the schemes. */
export function url({ schemes, expects, without }: UrlOptions): ValueType<string> {
  const codec = z.codec(z.string(), z.string(), {
    decode: (written, context) => {
      const parsed = URL.canParse(written) ? new URL(written) : undefined;
      if (parsed === undefined || !schemes.includes(parsed.protocol.slice(0, -1))) return refuse(context);
      if (without === 'host' && parsed.host !== '') return refuse(context, 'a host has no place here');
      if (without === 'credentials' && (parsed.username !== '' || parsed.password !== '')) {
        return refuse(context, 'a user or a password has no place here');
      }
      return written;
    },
    encode: value => value,
  });
  return single('url', expects, codec);
}

/** Items separated by commas; blanks around them and one comma at the end are ignored. */
export function list<Item>(item: ValueType<Item>): ValueType<Item[]> {
  return {
    ...item,
    kind: 'list',
    expects: `a list, separated by commas, each ${item.expects}`,
    read(texts) {
      const items: Item[] = [];
      for (const [index, written] of splitItems(texts.at(-1) ?? '').entries()) {
        const read = item.read([written]);
        if (!read.ok)
          return { ok: false, hint: `look at item ${index + 1}${read.hint ? `: ${read.hint}` : ''}` };
        items.push(read.value);
      }
      return { ok: true, value: items };
    },
    print: values => [values.flatMap(value => item.print(value)).join(', ')],
  };
}

/** `name=value` pairs separated by commas; a name may stand once. */
export function map<Item>(item: ValueType<Item>): ValueType<Readonly<Record<string, Item>>> {
  return {
    ...item,
    kind: 'map',
    expects: `name=value pairs, separated by commas, each value ${item.expects}`,
    read(texts) {
      const pairs = new Map<string, Item>();
      for (const [index, written] of splitItems(texts.at(-1) ?? '').entries()) {
        const at = written.indexOf('=');
        const name = written.slice(0, at).trim();
        const where = `look at item ${index + 1}`;
        if (at < 0 || name === '') return { ok: false, hint: where };
        if (pairs.has(name)) return { ok: false, hint: `${where}: its name stands twice` };
        const read = item.read([written.slice(at + 1)]);
        if (!read.ok) return { ok: false, hint: read.hint ? `${where}: ${read.hint}` : where };
        pairs.set(name, read.value);
      }
      return { ok: true, value: Object.fromEntries(pairs) };
    },
    print: values => [
      Object.entries(values)
        .map(([name, value]) => `${name}=${item.print(value).join('')}`)
        .join(', '),
    ],
  };
}

function splitItems(written: string): string[] {
  const items = written.split(',').map(item => item.trim());
  if (items.at(-1) === '') items.pop();
  return items;
}

/** A key that may be repeated, each occurrence giving one value (oslo.config's MultiOpt). */
export function multi<Item>(item: ValueType<Item>): ValueType<Item[]> {
  return {
    ...item,
    kind: 'multi',
    expects: `in each occurrence ${item.expects}`,
    repeats: true,
    read(texts) {
      const items: Item[] = [];
      for (const written of texts) {
        const read = item.read([written]);
        if (!read.ok) return read;
        items.push(read.value);
      }
      return { ok: true, value: items };
    },
    print: values => values.flatMap(value => item.print(value)),
  };
}

/** A value that may be left empty, which means "not set". */
export function optional<Value>(type: ValueType<Value>): ValueType<Value | undefined> {
  return {
    ...type,
    optional: true,
    expects: `${type.expects}, or nothing`,
    read: texts => ((texts.at(-1) ?? '') === '' ? { ok: true, value: undefined } : type.read(texts)),
    print: value => (value === undefined ? [''] : type.print(value)),
  };
}

/** A value that is never shown: not in an error, a log, a diff or a serialised configuration. */
export function secret(type: ValueType<string>): ValueType<Secret> {
  return {
    ...type,
    secret: true,
    hidesWrong: true,
    read(texts) {
      const read = type.read(texts);
      return read.ok ? { ok: true, value: new Secret(read.value) } : read;
    },
    print: () => ['***'],
  };
}
