import { sessionHeader } from '@instance-ha/contracts';
import { createNativeClient } from '@instance-ha/contracts/client';

/** The API that served this page. The session's cookie travels by itself; the header shows that no other site asks. */
export const api = createNativeClient({
  baseUrl: window.location.origin,
  fetch: (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set(sessionHeader, '1');
    return fetch(input, { ...init, headers, credentials: 'same-origin' });
  },
});
