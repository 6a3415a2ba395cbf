/** One event of a stream of server-sent events, or a comment (which proves only that the other side lives). */
export type SseMessage =
  | { type: 'event'; event: string; data: string; id: string | undefined }
  | { type: 'comment' }
  /** An id without an event: everything up to it has been sent. */
  | { type: 'position'; id: string }
  | { type: 'retry'; ms: number };

/**
 * Cuts a stream of server-sent events (WHATWG HTML, "Server-sent events") into messages, however the bytes were cut on
 * the way. An event above `maxChars` throws a RangeError: nobody sends one by intention.
 */
export class SseParser {
  readonly #maxChars: number;
  #rest = '';
  #data: string[] = [];
  #event = '';
  #id: string | undefined;
  #idIsNew = false;
  #chars = 0;
  #started = false;

  constructor(options: { maxChars: number }) {
    this.#maxChars = options.maxChars;
  }

  push(chunk: string): SseMessage[] {
    let text = this.#rest + chunk;
    if (!this.#started && text.length > 0) {
      if (text.startsWith('\u{feff}')) text = text.slice(1);
      this.#started = true;
    }
    const messages: SseMessage[] = [];
    let from = 0;
    for (;;) {
      const end = lineEnd(text, from);
      if (end === undefined) break;
      const message = this.#line(text.slice(from, end.at));
      if (message) messages.push(message);
      from = end.next;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length + this.#chars > this.#maxChars)
      throw new RangeError(`a server-sent event is longer than ${this.#maxChars} characters`);
    return messages;
  }

  #line(line: string): SseMessage | undefined {
    if (line === '') return this.#dispatch();
    if (line.startsWith(':')) return { type: 'comment' };
    this.#chars += line.length;
    if (this.#chars > this.#maxChars)
      throw new RangeError(`a server-sent event is longer than ${this.#maxChars} characters`);
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? '' : line.slice(colon + 1);
    const value = raw.startsWith(' ') ? raw.slice(1) : raw;
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
      this.#idIsNew = true;
    } else if (field === 'retry' && /^\d{1,9}$/.test(value)) return { type: 'retry', ms: Number(value) };
    return undefined;
  }

  #dispatch(): SseMessage | undefined {
    const message = this.#message();
    this.#data = [];
    this.#event = '';
    this.#idIsNew = false;
    this.#chars = 0;
    return message;
  }

  #message(): SseMessage | undefined {
    if (this.#data.length > 0)
      return { type: 'event', event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    return this.#idIsNew && this.#id !== undefined ? { type: 'position', id: this.#id } : undefined;
  }
}

/** A line ends with LF, CR or CRLF; a CR that ends the text may still become a CRLF. */
function lineEnd(text: string, from: number): { at: number; next: number } | undefined {
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\n') return { at, next: at + 1 };
    if (char === '\r') {
      if (at + 1 === text.length) return undefined;
      return { at, next: text[at + 1] === '\n' ? at + 2 : at + 1 };
    }
  }
  return undefined;
}
