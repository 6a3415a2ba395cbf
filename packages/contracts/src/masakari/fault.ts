import { z } from 'zod';

const faultNames: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

/** Masakari's error body: one key that names the fault. Anything without a name of its own is a `masakariFault`. */
export const MasakariFault = z.record(
  z.string(),
  z.strictObject({ code: z.int(), message: z.string(), retryAfter: z.string().optional() }),
);
export type MasakariFault = z.infer<typeof MasakariFault>;

/** The body of an error with this status. `retryAfterSeconds` is only told with 413 and 429. */
export const masakariFault = (
  status: number,
  message: string,
  options: { retryAfterSeconds?: number } = {},
): MasakariFault => ({
  [faultNames[status] ?? 'masakariFault']: {
    code: status,
    message,
    ...(options.retryAfterSeconds === undefined ? {} : { retryAfter: String(options.retryAfterSeconds) }),
  },
});

/** Keystone's own form, which Masakari's clients get for a missing or wrong token. */
export const KeystoneUnauthorized = z.strictObject({
  error: z.strictObject({ code: z.literal(401), title: z.literal('Unauthorized'), message: z.string() }),
});
export type KeystoneUnauthorized = z.infer<typeof KeystoneUnauthorized>;

export const keystoneUnauthorized: KeystoneUnauthorized = {
  error: {
    code: 401,
    title: 'Unauthorized',
    message: 'The request you have made requires authentication.',
  },
};
