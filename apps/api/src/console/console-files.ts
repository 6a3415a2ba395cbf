import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of the console. `gzipped` names the same, compressed, where the build left it. */
export type ConsoleFile = {
  path: string;
  type: string;
  etag: string;
  /** Its name changes with its content. */
  immutable: boolean;
  plain: string;
  gzipped: string | undefined;
};

/** The console as it was built; `page` is its one HTML page, with `noncePlaceholder` where a nonce belongs. */
export type ConsoleFiles = { page: string; files: ReadonlyMap<string, ConsoleFile> };

export const noncePlaceholder = '__CSP_NONCE__';

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
};

/** Where the package of the console keeps what was built. */
export const consoleFolder = (): string =>
  join(fileURLToPath(import.meta.resolve('@instance-ha/console/package.json')), '..', 'dist');

/**
 * Lists the files once, at the start: nothing outside the list can ever be asked for. Undefined when the console was not
 * built, which a checkout without `turbo build` has.
 */
export async function readConsole(folder: string): Promise<ConsoleFiles | undefined> {
  const page = await readFile(join(folder, 'index.html'), 'utf8').catch(absent);
  if (page === undefined) return undefined;
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = found.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const files = new Map<string, ConsoleFile>();
  for (const plain of names) {
    const path = `/${relative(folder, plain).split(sep).join('/')}`;
    const type = types[path.split('.').at(-1) ?? ''];
    if (type === undefined || path === '/index.html') continue;
    const digest = createHash('sha256')
      .update(await readFile(plain))
      .digest('base64url');
    files.set(path, {
      path,
      type,
      etag: `"${digest.slice(0, 22)}"`,
      immutable: path.startsWith('/assets/'),
      plain,
      gzipped: names.includes(`${plain}.gz`) ? `${plain}.gz` : undefined,
    });
  }
  return { page, files };
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
