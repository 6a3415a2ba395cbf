import { masakariBooleans, masakariInvalidName } from '@instance-ha/contracts';
import type { RequestIssue } from '@instance-ha/contracts/server';

/** A broken request in the words of Masakari's JSON schema, which its clients show to people. */
export function schemaWords(issue: RequestIssue, input: unknown): string {
  const parent = at(input, issue.path.slice(0, -1));
  const key = String(issue.path.at(-1) ?? '');
  const value = at(input, issue.path);
  if (issue.code === 'unrecognized_keys')
    return about(
      issue.path,
      value,
      `Additional properties are not allowed (${issue.keys.map(quoted).join(', ')} ${issue.keys.length > 1 ? 'were' : 'was'} unexpected)`,
    );
  if (issue.code === 'custom' && issue.message === masakariInvalidName) return masakariInvalidName;
  if (value === undefined && issue.path.length > 0)
    return about(issue.path.slice(0, -1), parent, `${quoted(key)} is a required property`);
  return about(issue.path, value, problem(issue, value));
}

function problem(issue: RequestIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_value':
      return `${python(value)} is not one of [${issue.values.map(one => quoted(String(one))).join(', ')}]`;
    case 'invalid_union':
      // The one union that is no choice of types is that of a boolean and its words.
      return issue.errors.flat().some(inner => inner.code === 'invalid_type' && inner.expected === 'boolean')
        ? `${python(value)} is not one of [${masakariBooleans.map(python).join(', ')}]`
        : `${python(value)} is not one of the allowed values`;
    case 'invalid_type':
      return `${python(value)} is not of type ${quoted(issue.expected === 'record' ? 'object' : issue.expected)}`;
    case 'too_big':
      return `${python(value)} is too long`;
    case 'too_small':
      return `${python(value)} is too short`;
    default:
      return `${python(value)} ${issue.message}`;
  }
}

/** At the top level jsonschema's own text stands alone. */
const about = (path: readonly PropertyKey[], value: unknown, text: string): string =>
  path.length === 0 ? text : aboutField(String(path.at(-1)), value, text);

/** What is wrong with one field. Python's `%s` writes a text without quotes. */
export const aboutField = (name: string, value: unknown, text: string): string =>
  `Invalid input for field/attribute ${name}. Value: ${typeof value === 'string' ? short(value) : python(value)}. ${text}`;

const quoted = (text: string): string => `'${short(text)}'`;

/** As Python prints it. */
function python(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `[${value.slice(0, 5).map(python).join(', ')}]`;
  const entries = Object.entries(value).slice(0, 8);
  return `{${entries.map(([key, inner]) => `${quoted(key)}: ${python(inner)}`).join(', ')}}`;
}

const short = (text: string): string => {
  const cut = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return cut.toWellFormed().replaceAll(/\p{Cc}/gu, '\u{fffd}');
};

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
