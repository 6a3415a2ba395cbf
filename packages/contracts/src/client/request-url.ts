/**
 * The address of one call. Path parameters are encoded whole, so none can reach another route (ts-rest puts them in
 * as they are); lists in the query are repeated keys.
 */
export function requestUrl(
  baseUrl: string,
  path: string,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const filled = path.replaceAll(/:([A-Za-z_]\w*)/g, (_match, name: string) => {
    const value = params[name];
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`${path} needs the parameter ${name} as text`);
    const encoded = encodeURIComponent(value);
    return encoded === '.' || encoded === '..' ? encoded.replaceAll('.', '%2E') : encoded;
  });
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) search.append(key, String(one));
    }
  }
  return `${baseUrl}${filled}${search.size > 0 ? `?${search.toString()}` : ''}`;
}
