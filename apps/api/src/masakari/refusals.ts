import { RefusalError } from '../http/error-answer.ts';

export const invalid = (message: string): RefusalError =>
  new RefusalError({ code: 'invalid-request', message });
export const notFound = (message: string): RefusalError => new RefusalError({ code: 'not-found', message });
export const conflict = (message: string): RefusalError => new RefusalError({ code: 'conflict', message });

/** What a client sent, short and without what a log or a terminal would take amiss. */
export const printable = (text: string): string => text.slice(0, 255).replaceAll(/[^\x20-\x7e]/g, '?');

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
