/**
 * Text from outside (a name, an agent's complaint) as a notification may carry it: no control characters, no halves of
 * surrogate pairs, at most `maxLength`.
 */
export const printable = (text: string, maxLength: number): string =>
  text
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, maxLength)
    .toWellFormed();
