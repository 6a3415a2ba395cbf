import { Agent, request } from 'undici';
import { OpenStackError } from '../openstack-error.ts';

/** One HTTP exchange. `path` begins with a slash and holds the query. */
export type HttpRequest = {
  method: 'GET' | 'PUT' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
};
export type HttpAnswer = { status: number; headers: Readonly<Record<string, string>>; text: string };

/** The lowest layer: one request, one answer, never tried again. Rejects with `OpenStackError` only. */
export interface Transport {
  exchange(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export type TransportOptions = {
  /** PEM text to trust beside nothing else; undefined: what Node trusts. */
  ca?: string | undefined;
  /** Trust any certificate. Only when somebody asked for it. */
  insecure?: boolean;
  /** Longest wait for a connection. Default 5 000. */
  connectTimeoutMs?: number;
  /** Connections to one service at once, for what asks and for what acts each. Default 8: more starve a small nova-api. */
  connectionLimit?: number;
  /** Longest answer in bytes. Default 16 MiB, about 4 000 servers in detail. */
  answerLimitBytes?: number;
};

/**
 * Over `undici`. What acts (POST) gets a connection of its own: a kept one that the service is just closing would leave in
 * doubt whether the act arrived. Nova under uwsgi closes after each answer anyway.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const {
    ca,
    insecure = false,
    connectTimeoutMs = 5_000,
    connectionLimit = 8,
    answerLimitBytes = 16 * 1024 * 1024,
  } = options;
  const agentOf = (pipelining: 0 | 1): Agent =>
    new Agent({
      pipelining,
      connections: connectionLimit,
      maxResponseSize: answerLimitBytes,
      headersTimeout: 0, // Every exchange has a deadline of its own.
      bodyTimeout: 0,
      connect: {
        timeout: connectTimeoutMs,
        rejectUnauthorized: !insecure,
        ...(ca === undefined ? {} : { ca }),
      },
    });
  const kept = agentOf(1);
  const single = agentOf(0);
  return {
    async exchange({ url, method, headers, body, signal }) {
      try {
        const answer = await request(url, {
          dispatcher: method === 'POST' ? single : kept,
          method,
          headers,
          body: body ?? null,
          signal,
        });
        return {
          status: answer.statusCode,
          headers: flatten(answer.headers),
          text: await answer.body.text(),
        };
      } catch (error) {
        throw toOpenStackError(error, { call: `${method} ${url}`, signal, answerLimitBytes });
      }
    },
    async close() {
      await Promise.all([kept.destroy(), single.destroy()]);
    },
  };
}

const flatten = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

/** Errors before the first byte was sent: of the resolver, of connect(2), of TLS. */
const neverSent = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

function toOpenStackError(
  error: unknown,
  context: { call: string; signal: AbortSignal; answerLimitBytes: number },
): OpenStackError {
  const { call, signal, answerLimitBytes } = context;
  const { code = '', message } = error as { code?: string; message: string };
  if (signal.aborted)
    return new OpenStackError({
      code: 'aborted',
      message: `${call}: given up before the answer was there`,
      cause: signal.reason,
    });
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new OpenStackError({
      code: 'answer-too-large',
      message: `${call}: expected an answer of at most ${answerLimitBytes} bytes, found more`,
    });
  if (neverSent.has(code) || isTls(code, message))
    return new OpenStackError({
      code: 'connect-failed',
      message: `${call}: no connection: ${message || code}`,
      sent: false,
      cause: error,
    });
  return new OpenStackError({
    code: 'connection-lost',
    message: `${call}: the connection ended before the answer was there: ${message || code}`,
    cause: error,
  });
}

const isTls = (code: string, message: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code) || /certificate/i.test(message);
