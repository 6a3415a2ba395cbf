/** The nonce that this page's policy allows styles with; the service writes it into the page. */
export const styleNonce: string =
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

declare global {
  var __webpack_nonce__: string | undefined;
}
// Where the dialogs' scroll lock looks for it (the package get-nonce).
globalThis.__webpack_nonce__ = styleNonce;
