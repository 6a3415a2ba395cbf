import { type ApiClient, createApiClient } from '@instance-ha/contracts/client';
import type { Logger } from '@instance-ha/ports';

/** Where the API is and how to prove oneself to it; or a client that is there already. */
export type ApiAccess = { log: Logger } & (
  | {
      /** E.g. `http://127.0.0.1:15868`. */
      baseUrl: string;
      /** Asked before each call, so that a token may be made, or replaced, while the service runs. */
      token: string | (() => string | undefined | Promise<string | undefined>);
      /** For each call. Default 10 s. */
      timeoutMs?: number | undefined;
      fetch?: typeof globalThis.fetch | undefined;
    }
  | { client: ApiClient }
);

export const clientFor = (access: ApiAccess): ApiClient =>
  'client' in access
    ? access.client
    : createApiClient({
        baseUrl: access.baseUrl,
        token: access.token,
        timeoutMs: access.timeoutMs,
        fetch: access.fetch,
      });
