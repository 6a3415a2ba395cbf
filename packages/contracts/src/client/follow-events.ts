import { Change, type ChangeKind, StreamPosition } from '../native/events.ts';
import { ApiError } from './api-error.ts';
import { readBounded, refusal, requestHeaders, type Transport, unreachable } from './call.ts';
import { requestUrl } from './request-url.ts';
import { type SseMessage, SseParser } from './sse-parser.ts';

/** What a reader of the live stream meets. */
export type StreamEvent =
  /** The stream stands (again); every change after `id` follows. */
  | { type: 'ready'; id: number }
  | { type: 'change'; change: Change }
  /** Changes up to `id` will not come: read the lists again. The stream goes on by itself after it. */
  | { type: 'lost'; id: number }
  /** The connection broke; it is made again after `retryInMs`, and nothing will be left out. */
  | { type: 'disconnected'; cause: string; retryInMs: number };

export type FollowOptions = {
  signal: AbortSignal;
  /** The id of the last change seen; without it the stream begins with what happens from now on. */
  after?: number | undefined;
  /** Only these kinds. */
  kinds?: readonly ChangeKind[] | undefined;
  /** A stream that is silent for so long is broken: the service sends a beat every 15 s. Default 45 s. */
  silentAfterMs?: number | undefined;
  /** The wait after a broken connection: doubled from the first to the second. Default 250 ms to 10 s. */
  retryMs?: { first: number; max: number } | undefined;
};

const maxEventChars = 1024 * 1024;

/**
 * Follows `GET /v2/events` over broken connections and restarts of the service, without a gap: each connection begins
 * after the last change seen. Ends when `signal` aborts. Rejects with `ApiError` when asking again cannot help (401, 403, …).
 */
export async function* followEvents(
  transport: Transport,
  options: FollowOptions,
): AsyncGenerator<StreamEvent, void, void> {
  const { signal, retryMs = { first: 250, max: 10_000 } } = options;
  let position = options.after;
  let failures = 0;
  while (!signal.aborted) {
    let cause: string;
    try {
      for await (const event of connectOnce(transport, options, position)) {
        failures = 0;
        position = event.type === 'change' ? event.change.id : event.id;
        if (event.type !== 'position') yield event;
      }
      if (signal.aborted) return;
      cause = 'the service closed the stream';
    } catch (error) {
      if (signal.aborted) return;
      if (ApiError.isInstance(error) && !error.retryable) throw error;
      cause = error instanceof Error ? error.message : String(error);
    }
    const retryInMs = Math.min(retryMs.max, retryMs.first * 2 ** Math.min(failures, 20));
    failures += 1;
    yield { type: 'disconnected', cause, retryInMs };
    await pause(retryInMs, signal);
  }
}

type Positioned = Exclude<StreamEvent, { type: 'disconnected' }> | { type: 'position'; id: number };

async function* connectOnce(
  transport: Transport,
  options: FollowOptions,
  after: number | undefined,
): AsyncGenerator<Positioned, void, void> {
  const { silentAfterMs = 45_000, kinds } = options;
  const name = 'GET /v2/events';
  const silence = new SilenceGuard(silentAfterMs);
  const signal = AbortSignal.any([options.signal, silence.signal]);
  try {
    const url = requestUrl(transport.baseUrl, '/v2/events', {}, { kind: kinds });
    const headers = await requestHeaders(transport, {
      accept: 'text/event-stream',
      'last-event-id': after === undefined ? undefined : String(after),
    });
    const response = await transport
      .fetch(url, { headers, signal, redirect: 'error' })
      .catch((error: unknown) => {
        throw unreachable(name, transport.baseUrl, silence.signal.aborted ? silence.signal.reason : error);
      });
    if (response.status !== 200) {
      const text = await readBounded(response, 64 * 1024);
      throw refusal(name, { status: response.status, headers: response.headers, text });
    }
    yield* readMessages(response, silence);
  } finally {
    silence.stop();
  }
}

async function* readMessages(
  response: Response,
  silence: SilenceGuard,
): AsyncGenerator<Positioned, void, void> {
  const decoder = new TextDecoder();
  const parser = new SseParser({ maxChars: maxEventChars });
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    silence.heard();
    for (const message of parser.push(decoder.decode(chunk, { stream: true }))) {
      const event = understand(message);
      if (event) yield event;
    }
  }
}

function understand(message: SseMessage): Positioned | undefined {
  if (message.type === 'position')
    return { type: 'position', ...StreamPosition.parse({ id: Number(message.id) }) };
  if (message.type !== 'event') return undefined;
  const data: unknown = JSON.parse(message.data);
  switch (message.event) {
    case 'ready':
      return { type: 'ready', id: StreamPosition.parse(data).id };
    case 'lost':
      return { type: 'lost', id: StreamPosition.parse(data).id };
    case 'message':
      return { type: 'change', change: Change.parse(data) };
    default:
      return undefined; // A later version may say more.
  }
}

/** Waits, or less when `signal` aborts. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });

/** Aborts when nothing was heard for a while. */
class SilenceGuard {
  readonly #controller = new AbortController();
  readonly #silentAfterMs: number;
  #timer: ReturnType<typeof setTimeout>;

  constructor(silentAfterMs: number) {
    this.#silentAfterMs = silentAfterMs;
    this.#timer = this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(
      () => this.#controller.abort(new Error(`nothing was heard for ${this.#silentAfterMs} ms`)),
      this.#silentAfterMs,
    );
  }
}
