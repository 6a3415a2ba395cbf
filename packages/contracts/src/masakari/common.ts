import { z } from 'zod';

/**
 * Masakari's field rules, from masakari/api/validation/parameter_types.py at ae98f25. The messages are those of its JSON
 * schema, which its clients show to people.
 */

/** What may be written: no control, format or other unassigned character, no separator but the space. */
const printable = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
const printableLines = /^(?:[^\p{C}\p{Zl}\p{Zp}]|\n)*$/u;
const edges = /^(?!\p{Zs})[\s\S]*(?<!\p{Zs})$/u;

/** Told alone, without naming the field. */
export const invalidName =
  "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.";

/** 1 to 255 printable characters, no blank at either end. */
export const MasakariName = z
  .string()
  .min(1)
  .max(255)
  .refine(name => printable.test(name) && edges.test(name), { error: invalidName });

/** Longer texts are refused, which Masakari does not do: its database cuts them or fails. */
const maxTextLength = 65_535;

/** Printable text of any number of lines. */
export const MasakariText = z
  .string()
  .max(maxTextLength)
  .refine(text => printableLines.test(text), { error: 'does not match printable text' });

const yes = ['True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes'] as const;
const no = ['False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no'] as const;

/** A boolean, or one of the words that stand for one. */
export const MasakariBoolean = z.union([z.boolean(), z.enum([...yes, ...no])]);
export type MasakariBoolean = z.infer<typeof MasakariBoolean>;

/** All of them, in the order in which Masakari names them. */
export const masakariBooleans: readonly (boolean | string)[] = [true, ...yes, false, ...no];

export const isYes = (value: MasakariBoolean): boolean =>
  typeof value === 'boolean' ? value : (yes as readonly string[]).includes(value);

const words = (maxLength: number) =>
  z.union([z.string().max(maxLength), z.array(z.string().max(maxLength)).max(16)]);

/** Every parameter is text here: Masakari's own words answer a wrong one, and unknown ones are ignored. */
export const listParameters = {
  limit: z.string().max(32).optional(),
  marker: z.string().max(255).optional(),
  sort_key: words(64).optional(),
  sort_dir: words(64).optional(),
} as const;
export type MasakariListQuery = {
  [K in keyof typeof listParameters]?: z.infer<(typeof listParameters)[K]> | undefined;
};

/** Where the next page is; sent from microversion 1.4 when there is one. */
export const MasakariLinks = z.array(z.strictObject({ rel: z.literal('next'), href: z.string() }));

/** UTC without a zone, with six digits after the second. */
export const MasakariStamp = z.string();

/** What every row of Masakari has. */
export const stamps = {
  created_at: MasakariStamp,
  updated_at: MasakariStamp.nullable(),
  deleted_at: z.null(),
  deleted: z.literal(false),
} as const;
