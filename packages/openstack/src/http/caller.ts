import type { Clock, Logger, Metrics } from '@instance-ha/ports';
import type { z } from 'zod';
import {
  codeOfStatus,
  OpenStackError,
  type OpenStackErrorCode,
  openStackErrorCodes,
} from '../openstack-error.ts';
import { startBounds } from './bounds.ts';
import { Breaker, type BreakerLimits, type BreakerState } from './breaker.ts';
import type { HttpAnswer, HttpRequest, Transport } from './transport.ts';

export const serviceNames = ['keystone', 'nova', 'masakari'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How long a call may take, all attempts together, and who may end it earlier. */
export type CallBounds = { timeoutMs: number; signal: AbortSignal };

/** One call of a service. `name` is for messages and the log; it holds nothing secret. */
export type Call<T> = {
  name: string;
  method: HttpRequest['method'];
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** The fields of the answer that are used; undefined: the answer's body is not read. */
  answer?: z.ZodType<T>;
  /** Whether doing it twice is as good as once. Default: all but POST. */
  repeatable?: boolean;
};
export type Answered<T> = { body: T; headers: HttpAnswer['headers']; status: number };

export type CallLimits = {
  /** Longest wait for one attempt. Default 30 000. */
  attemptTimeoutMs: number;
  /** Attempts at a call that may be repeated, or of which nothing was sent. Default 3. */
  attemptLimit: number;
  /** Pause before the second attempt, doubled before the third, less up to half by chance. Default 200. */
  retryMs: number;
};
export const defaultCallLimits: CallLimits = { attemptTimeoutMs: 30_000, attemptLimit: 3, retryMs: 200 };

export type CallerOptions = {
  service: ServiceName;
  transport: Transport;
  clock: Clock;
  log: Logger;
  metrics?: Metrics | undefined;
  limits?: Partial<CallLimits> | undefined;
  breaker?: BreakerLimits | undefined;
  /** In [0, 1), for the pauses. */
  random?: (() => number) | undefined;
};

/** What says nothing of the one thing asked for, but that the service is not well. */
const unwell: ReadonlySet<OpenStackErrorCode> = new Set([
  'connect-failed',
  'connection-lost',
  'timeout',
  'unavailable',
  'server-error',
  'garbage',
]);

/** Calls one service of OpenStack: attempts, deadlines, circuit breaker, and errors of one class. */
export class ServiceCaller {
  readonly #options: CallerOptions;
  readonly #limits: CallLimits;
  readonly #breaker: Breaker;
  readonly #measure: Measure;

  constructor(options: CallerOptions) {
    const { service, clock, log, metrics } = options;
    this.#options = options;
    this.#limits = { ...defaultCallLimits, ...options.limits };
    this.#measure = measureBy(metrics, service);
    this.#breaker = new Breaker({
      clock,
      limits: options.breaker,
      onChange: state => {
        this.#measure.breaker(state);
        if (state === 'open') log.warn({ service }, 'service left alone: it fails and fails');
        else log.info({ service }, 'service answers again');
      },
    });
  }

  get breakerState(): BreakerState {
    return this.#breaker.state;
  }

  /** Rejects with `OpenStackError`; with code `aborted` when `signal` aborts. */
  async call<T>(call: Call<T>, { timeoutMs, signal }: CallBounds): Promise<Answered<T>> {
    const { clock, random = Math.random } = this.#options;
    const { attemptLimit, attemptTimeoutMs, retryMs } = this.#limits;
    const endAtMs = clock.monotonicMs() + timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const remainingMs = Math.max(1, endAtMs - clock.monotonicMs());
      try {
        return await this.#attempt(call, { timeoutMs: Math.min(attemptTimeoutMs, remainingMs), signal });
      } catch (error) {
        if (!OpenStackError.isInstance(error) || attempt >= attemptLimit || !mayRepeat(call, error))
          throw error;
        const pauseMs = Math.max(retryMs * 2 ** (attempt - 1) * (1 - random() / 2), error.retryAfterMs ?? 0);
        if (clock.monotonicMs() + pauseMs >= endAtMs) throw error;
        await pause({ clock, pauseMs, signal, call });
      }
    }
  }

  async #attempt<T>(call: Call<T>, limits: CallBounds): Promise<Answered<T>> {
    const { service, clock, log } = this.#options;
    if (limits.signal.aborted) throw aborted(call, limits.signal);
    if (!this.#breaker.admits())
      throw new OpenStackError({
        code: 'circuit-open',
        message: `${call.name}: not asked, ${service} failed too often in a row and is left alone for a moment`,
        sent: false,
      });
    const startedAtMs = clock.monotonicMs();
    const told = (fields: object): void => {
      const ms = Math.round(clock.monotonicMs() - startedAtMs);
      this.#measure.call(fields, ms);
      log.debug({ service, call: call.name, ms, ...fields }, 'call ended');
    };
    try {
      const answer = await this.#exchange(call, limits);
      const answered = read(call, answer);
      this.#breaker.succeeded();
      told({ status: answer.status, requestId: answer.headers['x-openstack-request-id'] });
      return answered;
    } catch (error) {
      if (!OpenStackError.isInstance(error)) throw error;
      if (unwell.has(error.code)) this.#breaker.failed();
      else if (error.status !== undefined) this.#breaker.succeeded();
      else this.#breaker.abstained();
      told({ code: error.code, status: error.status, requestId: error.requestId });
      throw error;
    }
  }

  async #exchange<T>(call: Call<T>, { timeoutMs, signal }: CallBounds): Promise<HttpAnswer> {
    const bounds = startBounds({ clock: this.#options.clock, timeoutMs, signal });
    try {
      return await this.#options.transport.exchange({
        method: call.method,
        url: call.url,
        headers: {
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal: bounds.signal,
      });
    } catch (error) {
      if (!signal.aborted && bounds.timeIsUp())
        throw new OpenStackError({
          code: 'timeout',
          message: `${call.name}: no whole answer within ${Math.round(timeoutMs)} ms`,
        });
      throw error;
    } finally {
      bounds.end();
    }
  }
}

/** What was sent may have been done: only what can be done twice is asked again. */
const mayRepeat = <T>(call: Call<T>, error: OpenStackError): boolean =>
  error.retryable &&
  error.code !== 'circuit-open' &&
  (!error.sent || (call.repeatable ?? call.method !== 'POST'));

const aborted = <T>(call: Call<T>, signal: AbortSignal): OpenStackError =>
  new OpenStackError({
    code: 'aborted',
    message: `${call.name}: given up`,
    sent: false,
    cause: signal.reason,
  });

async function pause<T>(options: {
  clock: Clock;
  pauseMs: number;
  signal: AbortSignal;
  call: Call<T>;
}): Promise<void> {
  try {
    await options.clock.sleep(options.pauseMs, options.signal);
  } catch {
    throw aborted(options.call, options.signal);
  }
}

function read<T>(call: Call<T>, answer: HttpAnswer): Answered<T> {
  const { status, headers } = answer;
  if (status < 200 || status >= 300) throw failure(call, answer);
  if (!call.answer) return { body: undefined as T, headers, status };
  const json = parse(answer.text);
  const parsed = call.answer.safeParse(json);
  if (parsed.success) return { body: parsed.data, headers, status };
  const issue = parsed.error.issues[0];
  const what =
    json === undefined
      ? `expected JSON, found ${shown(answer.text)}`
      : `${issue?.path.join('.') || 'the body'}: ${issue?.message}`;
  throw new OpenStackError({
    code: 'garbage',
    message: `${call.name}: answered ${status} with what it should not: ${what}`,
    status,
    requestId: headers['x-openstack-request-id'],
  });
}

/**
 * A status that is no success. Only a 4xx in the service's own words counts as its judgement: a 404 of a proxy does not say
 * that a server is gone.
 */
function failure<T>(call: Call<T>, { status, headers, text }: HttpAnswer): OpenStackError {
  const serviceMessage = messageOf(parse(text));
  const own = serviceMessage !== undefined;
  const judges = status >= 400 && status < 500 && ![401, 403, 413, 429].includes(status);
  const code = judges && !own ? 'garbage' : codeOfStatus(status);
  return new OpenStackError({
    code,
    message: `${call.name}: ${status}: ${serviceMessage ?? `not in its own words: ${shown(text)}`}`,
    status,
    serviceMessage,
    requestId: headers['x-openstack-request-id'],
    retryAfterMs: retryAfterMs(headers['retry-after']),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `{"<name of the fault>": {"code": 409, "message": "…"}}`, Nova's and Keystone's alike. */
function messageOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  for (const fault of Object.values(json)) {
    const message = (fault as { message?: unknown } | null)?.message;
    if (typeof message === 'string') return message.slice(0, 500);
  }
  return undefined;
}

const shown = (text: string): string => (text === '' ? 'nothing' : JSON.stringify(text.slice(0, 80)));

const longestRetryAfterMs = 60_000;
function retryAfterMs(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds)
    ? Math.min(longestRetryAfterMs, Math.max(0, seconds) * 1000)
    : undefined;
}

type Measure = {
  call: (fields: { code?: string }, ms: number) => void;
  breaker: (state: BreakerState) => void;
};

function measureBy(metrics: Metrics | undefined, service: ServiceName): Measure {
  if (!metrics) return { call: () => {}, breaker: () => {} };
  const calls = metrics.counter<'service' | 'outcome'>({
    name: 'vmha_openstack_calls_total',
    help: 'Calls of OpenStack services, each attempt, by how they ended.',
    labels: { service: serviceNames, outcome: ['ok', ...openStackErrorCodes] },
  });
  const seconds = metrics.histogram<'service'>({
    name: 'vmha_openstack_call_seconds',
    help: 'How long an attempt at a call took.',
    labels: { service: serviceNames },
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const open = metrics.gauge<'service'>({
    name: 'vmha_openstack_breaker_open',
    help: '1 while a service is left alone because it fails and fails.',
    labels: { service: serviceNames },
  });
  return {
    call: ({ code = 'ok' }, ms) => {
      calls.add(1, { service, outcome: code });
      seconds.observe(ms / 1000, { service });
    },
    breaker: state => open.set(state === 'closed' ? 0 : 1, { service }),
  };
}
