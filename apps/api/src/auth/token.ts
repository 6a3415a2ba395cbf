import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits; the prefix lets scanners for leaked secrets know it. */
export const makeToken = (): string => `iha_${randomBytes(32).toString('base64url')}`;

/** All that is ever stored or compared of a token: whoever reads the database, or measures a comparison, learns nothing. */
export const digestOf = (token: string): Uint8Array => createHash('sha256').update(token, 'utf8').digest();

/** What a token may look like: anything else is refused before it costs a look-up. */
export const isTokenShaped = (text: string): boolean => /^[A-Za-z0-9._~+/=-]{16,512}$/.test(text);
