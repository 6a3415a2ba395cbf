import { createHash, randomBytes } from 'node:crypto';

/** How our own tokens begin: scanners for leaked secrets know them by it, and so do we among Keystone's. */
export const ownTokenPrefix = 'iha_';

/** 256 random bits. */
export const makeToken = (): string => `${ownTokenPrefix}${randomBytes(32).toString('base64url')}`;

/** All that is ever stored or compared of a token: whoever reads the database, or measures a comparison, learns nothing. */
export const digestOf = (token: string): Uint8Array => createHash('sha256').update(token, 'utf8').digest();

/** What a token may look like: anything else is refused before it costs a look-up. */
export const isTokenShaped = (text: string): boolean => /^[A-Za-z0-9._~+/=-]{16,512}$/.test(text);
