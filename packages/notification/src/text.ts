import { z } from 'zod';

/** No control characters and no halves of surrogate pairs: neither a log line nor a database's text can hold them. */
const printable = /^[^\p{Cc}\p{Cs}]*$/u;
const complaint = 'must hold no control characters and no lone surrogates';

/** Printable text of at most `maxLength` UTF-16 units, perhaps empty: it can be shown, logged and stored as it is. */
export const anyText = (maxLength: number) => z.string().max(maxLength).regex(printable, complaint);

/** The same, not empty. */
export const text = (maxLength: number) => z.string().min(1).max(maxLength).regex(printable, complaint);
