import type { Plugin } from 'vite';

/** `summary: '…'` and `description: '…' + '…'` of a route; a field of that name has no text for a value. */
const words = /\b(?:summary|description):\s*(?:'(?:[^'\\]|\\.)*'\s*\+?\s*)+,/g;

/** What the routes of the contracts say of themselves is for the OpenAPI document, which the console does not make: it need not travel. */
export const withoutRouteWords = (): Plugin => ({
  name: 'without-route-words',
  enforce: 'pre',
  transform: (code, id) =>
    /\/contracts\/src\/native\/.*contract\.ts$/.test(id)
      ? { code: code.replace(words, ''), map: null }
      : null,
});
