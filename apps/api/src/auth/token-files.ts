/**
 * The tokens' files: `<tokens_path>/<name>.token`, mode 0600 in a folder of mode 0700. The file is the only place where
 * a token stands in clear; the database has its digest.
 */
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger, TokenIdentity, TokenStore } from '@instance-ha/ports';
import { writeFileAtomic } from '@instance-ha/runtime';
import { digestOf, isTokenShaped, makeToken } from './token.ts';

/** The tokens that a first start makes. */
export const firstTokens = (host: string): TokenIdentity[] => [
  { name: 'admin', scope: 'admin', host: null },
  { name: 'reader', scope: 'reader', host: null },
  monitorToken(host),
];

export const monitorToken = (host: string): TokenIdentity => ({
  name: `monitor-${host}`,
  scope: 'monitor',
  host,
});

type Options = { folder: string; tokens: TokenStore; log: Logger };

export const tokenFile = (folder: string, name: string): string => join(folder, `${name}.token`);

/**
 * Makes each token that is neither in the database nor in its file, takes up a file whose token the database does not
 * have, and leaves all else alone: where file and database disagree somebody must decide (`--issue-token`), because another
 * API process with the same database may hold the right file.
 */
export async function ensureTokens(identities: readonly TokenIdentity[], options: Options): Promise<void> {
  await prepareFolder(options.folder);
  const stored = new Set((await options.tokens.list()).map(({ name }) => name));
  for (const identity of identities) await ensureToken(identity, stored.has(identity.name), options);
}

async function ensureToken(identity: TokenIdentity, isStored: boolean, options: Options): Promise<void> {
  const { folder, tokens, log } = options;
  const file = tokenFile(folder, identity.name);
  const token = await readToken(file, log);
  const advice = {
    name: identity.name,
    file,
    hint: `run with --issue-token ${identity.name} to make a new one`,
  };
  if (token === undefined) {
    if (isStored) log.warn(advice, 'a token is in use but its file is not here');
    else await make(identity, options);
    return;
  }
  const found = await tokens.find(digestOf(token));
  if (found?.name === identity.name) return;
  if (found || isStored) log.warn(advice, 'the file of a token does not hold the token that is in use');
  else await takeUp(identity, file, token, options);
}

/** Makes a token, and another in place of the one there is. Answers its file. */
export async function issueToken(identity: TokenIdentity, options: Options): Promise<string> {
  await prepareFolder(options.folder);
  await options.tokens.remove(identity.name);
  return make(identity, options);
}

/** The file comes first: a file that no database knows is taken up later, a token that nobody can read is of no use. */
async function make(identity: TokenIdentity, options: Options): Promise<string> {
  const file = tokenFile(options.folder, identity.name);
  const token = makeToken();
  await writeFileAtomic(file, `${token}\n`);
  await takeUp(identity, file, token, options);
  return file;
}

async function takeUp(
  identity: TokenIdentity,
  file: string,
  token: string,
  { tokens, log }: Options,
): Promise<void> {
  const { name, scope, host } = identity;
  await tokens.add(identity, digestOf(token));
  log.info({ name, scope, host, file }, 'a token was made or taken up');
}

async function readToken(file: string, log: Logger): Promise<string | undefined> {
  try {
    const token = (await readFile(file, 'utf8')).trim();
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      log.warn({ file }, 'the file of a token was open to others: closed to 0600');
      await chmod(file, 0o600);
    }
    if (isTokenShaped(token)) return token;
    log.warn({ file }, 'the file of a token holds no token');
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}
