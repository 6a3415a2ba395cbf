import { type AppRoute, isAppRouteOtherResponse } from '@ts-rest/core';
import { z } from 'zod';
import { ErrorBody } from '../error-body.ts';
import { ApiError, errorForStatus } from './api-error.ts';
import { requestUrl } from './request-url.ts';

/** How calls are made; the same for all calls of a client. */
export type Transport = {
  baseUrl: string;
  /** Read for each call, so that a token may change. Never in messages. */
  token: () => string | undefined | Promise<string | undefined>;
  timeoutMs: number;
  maxAnswerBytes: number;
  fetch: typeof globalThis.fetch;
  userAgent: string | undefined;
};

/** One call's own part. */
export type CallInput = {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  headers?: Record<string, string | undefined>;
  body?: unknown;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
};

export type Answer = { status: number; body: unknown; headers: Headers };

/**
 * Makes one call and checks the answer by the contract. Resolves for 2xx only.
 * Rejects with `ApiError`, or with the reason of `signal` once that aborts.
 */
export async function call(transport: Transport, route: AppRoute, input: CallInput): Promise<Answer> {
  const name = `${route.method} ${route.path}`;
  const timeoutMs = input.timeoutMs ?? transport.timeoutMs;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = input.signal ? AbortSignal.any([deadline, input.signal]) : deadline;
  const url = requestUrl(transport.baseUrl, route.path, input.params, input.query);
  const init = await requestInit(transport, route, input);
  let received: Received;
  try {
    const response = await transport.fetch(url, { ...init, signal });
    const { status, headers } = response;
    received = { status, headers, text: await readBounded(response, transport.maxAnswerBytes) };
  } catch (error) {
    input.signal?.throwIfAborted();
    if (ApiError.isInstance(error)) throw error;
    if (!deadline.aborted) throw unreachable(name, transport.baseUrl, error);
    const message = `${name} had no whole answer within ${timeoutMs} ms`;
    throw new ApiError({ code: 'timed-out', message, cause: error });
  }
  return understand(name, route, received);
}

/** fetch says "fetch failed" and keeps the reason in `cause`. */
export function unreachable(name: string, baseUrl: string, error: unknown): ApiError {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason =
    inner instanceof Error ? ((inner as NodeJS.ErrnoException).code ?? inner.message) : String(inner);
  return new ApiError({
    code: 'unreachable',
    message: `${name} could not reach ${baseUrl}: ${reason}`,
    cause: error,
  });
}

async function requestInit(transport: Transport, route: AppRoute, input: CallInput): Promise<RequestInit> {
  const hasBody = input.body !== undefined && route.method !== 'GET';
  return {
    method: route.method,
    headers: await requestHeaders(transport, {
      ...input.headers,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    }),
    redirect: 'error', // A token must not follow a redirect to somebody else.
    ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
  };
}

export async function requestHeaders(
  transport: Transport,
  own: Record<string, string | undefined>,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = { accept: 'application/json' };
  const token = await transport.token();
  if (token) headers.authorization = `Bearer ${token}`;
  if (transport.userAgent !== undefined) headers['user-agent'] = transport.userAgent;
  for (const [key, value] of Object.entries(own)) if (value !== undefined) headers[key] = value;
  return headers;
}

/** Reads an answer, at most `maxBytes` of it. */
export async function readBounded(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes)
      throw new ApiError({
        code: 'invalid-answer',
        message: `${response.url} sent more than ${maxBytes} bytes`,
        status: response.status,
      });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

type Received = { status: number; text: string; headers: Headers };

function understand(name: string, route: AppRoute, received: Received): Answer {
  const { status, text, headers } = received;
  if (status < 200 || status >= 300) throw refusal(name, received);
  const body = isJson(headers) ? parseJson(name, status, text) : text;
  const response = route.responses[status];
  const schema = response !== undefined && isAppRouteOtherResponse(response) ? response.body : response;
  if (schema === undefined) throw invalid(name, status, 'the contract knows no such status');
  if (!(schema instanceof z.ZodType)) return { status, body, headers };
  const parsed = schema.safeParse(body);
  if (parsed.success) return { status, body: parsed.data, headers };
  const [first] = parsed.error.issues;
  throw invalid(name, status, `${first?.path.join('.') || 'body'}: ${first?.message}`);
}

const invalid = (name: string, status: number, why: string): ApiError =>
  new ApiError({
    code: 'invalid-answer',
    message: `${name} answered ${status} with a body that breaks the contract (another version?): ${why}`,
    status,
  });

/** What an answer that is no success says, in the service's own words where it has any. */
export function refusal(name: string, received: Received): ApiError {
  const { status, text, headers } = received;
  const known = ErrorBody.safeParse(isJson(headers) ? tryJson(text) : undefined);
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return errorForStatus(name, status, known.success ? known.data.error : undefined, {
    message: text.slice(0, 300),
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  });
}

const isJson = (headers: Headers): boolean => (headers.get('content-type') ?? '').includes('json');

const tryJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

function parseJson(name: string, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError({
      code: 'invalid-answer',
      message: `${name} answered ${status} with broken JSON`,
      status,
      cause: error,
    });
  }
}
