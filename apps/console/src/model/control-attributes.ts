/**
 * How a host is reached out of band, as the field holds it: JSON for us and for Masakari's IPMI monitor, any text for others.
 * What of the JSON the form does not know is kept.
 */
export type ControlAttributes =
  | {
      kind: 'ipmi';
      host: string;
      username: string;
      password: string;
      rest: Readonly<Record<string, unknown>>;
    }
  | { kind: 'text'; text: string }
  /** Somebody who may not change them sees that there are some. */
  | { kind: 'hidden' };

export const noAttributes: ControlAttributes = {
  kind: 'ipmi',
  host: '',
  username: '',
  password: '',
  rest: {},
};

export function readAttributes(text: string): ControlAttributes {
  if (text === '***') return { kind: 'hidden' };
  if (text.trim() === '') return noAttributes;
  const found = parse(text);
  if (found === undefined) return { kind: 'text', text };
  const { host = '', username = '', password = '', ...rest } = found;
  if ([host, username, password].some(value => typeof value !== 'string')) return { kind: 'text', text };
  return { kind: 'ipmi', host: String(host), username: String(username), password: String(password), rest };
}

/** Back to what the field holds; empty where nothing was filled in. */
export function writeAttributes(attributes: ControlAttributes): string {
  switch (attributes.kind) {
    case 'hidden':
      return '***';
    case 'text':
      return attributes.text;
    case 'ipmi': {
      const { host, username, password, rest } = attributes;
      const filled = Object.entries({ host, username, password }).filter(([, value]) => value !== '');
      const all = { ...Object.fromEntries(filled), ...rest };
      return Object.keys(all).length === 0 ? '' : JSON.stringify(all);
    }
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
