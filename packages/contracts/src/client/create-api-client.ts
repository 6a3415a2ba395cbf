/**
 * The typed client of the API, made from the contracts.
 *
 * ts-rest's own `initClient` is not used: with a fetcher of one's own it silently drops response validation, it puts
 * path parameters into the address unencoded, and it has no deadline. Here every call has a deadline, every answer is
 * checked, and an answer that is no success is an `ApiError`.
 */
import {
  type AppRoute,
  type AppRouter,
  type ClientInferRequest,
  type ClientInferResponses,
  isAppRoute,
  type SuccessfulHttpStatusCode,
} from '@ts-rest/core';
import type { HeadersInput } from '../headers.ts';
import { masakariContract } from '../masakari/contract.ts';
import { nativeContract } from '../native/contract.ts';
import { serviceContract } from '../service-contract.ts';
import { type CallInput, call, type Transport } from './call.ts';
import { type FollowOptions, followEvents, type StreamEvent } from './follow-events.ts';

/** What every call also takes. */
export type CallOptions = {
  /** Once it aborts the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Instead of the client's own. */
  timeoutMs?: number | undefined;
};

type Simplify<T> = { [K in keyof T]: T[K] } & {};
type RequestOf<R extends AppRoute> = ClientInferRequest<R>;
type PartsOf<R extends AppRoute> = Pick<
  RequestOf<R>,
  Extract<keyof RequestOf<R>, 'params' | 'query' | 'body'>
> &
  (R extends { headers: object } ? { headers: HeadersInput<R> } : unknown);
type OptionalKeys<T> = { [K in keyof T]: object extends T[K] ? K : never }[keyof T];
type LooseParts<T> = Omit<T, OptionalKeys<T>> & Partial<Pick<T, OptionalKeys<T>>>;
type InputOf<R extends AppRoute> = Simplify<LooseParts<PartsOf<R>> & CallOptions>;
type MethodOf<R extends AppRoute> =
  object extends InputOf<R>
    ? (input?: InputOf<R>) => Promise<ClientInferResponses<R, SuccessfulHttpStatusCode, 'force'>>
    : (input: InputOf<R>) => Promise<ClientInferResponses<R, SuccessfulHttpStatusCode, 'force'>>;

/** One method a route: takes `params`, `query`, `headers`, `body` as the contract has them; resolves for 2xx only. */
export type ContractClient<T extends AppRouter> = {
  [K in keyof T]: T[K] extends AppRoute
    ? MethodOf<T[K]>
    : T[K] extends AppRouter
      ? ContractClient<T[K]>
      : never;
};

export type ApiClientOptions = {
  /** Where the API is, e.g. `http://127.0.0.1:15868`; a path in it is kept. */
  baseUrl: string;
  /** A bearer token; a function is asked before each call. */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** For each call, until its whole answer is there. Default 10 s. */
  timeoutMs?: number | undefined;
  /** A longer answer is an error. Default 32 MiB. */
  maxAnswerBytes?: number | undefined;
  /** Sent as `User-Agent` where that may be set. */
  userAgent?: string | undefined;
  fetch?: typeof globalThis.fetch | undefined;
};

/** The calls of `/v2` alone. */
export type NativeClient = {
  v2: Omit<ContractClient<typeof nativeContract>, 'events'>;
  /** Follows every change live: see `StreamEvent`. */
  follow(options: FollowOptions): AsyncGenerator<StreamEvent, void, void>;
};

export type ApiClient = NativeClient & {
  v1: ContractClient<typeof masakariContract>;
  service: ContractClient<typeof serviceContract>;
};

/** Makes a client. Throws a TypeError when `baseUrl` is no http or https address. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const transport = transportOf(options);
  return {
    ...nativeClientOf(transport),
    v1: clientOf(masakariContract, transport),
    service: clientOf(serviceContract, transport),
  };
}

/** The same without Masakari's wire, which a page in a browser then need not load. */
export const createNativeClient = (options: ApiClientOptions): NativeClient =>
  nativeClientOf(transportOf(options));

function nativeClientOf(transport: Transport): NativeClient {
  const { events: _events, ...v2 } = clientOf(nativeContract, transport);
  return { v2, follow: options => followEvents(transport, options) };
}

const transportOf = (options: ApiClientOptions): Transport => ({
  baseUrl: cleanBaseUrl(options.baseUrl),
  token: tokenReader(options.token),
  timeoutMs: options.timeoutMs ?? 10_000,
  maxAnswerBytes: options.maxAnswerBytes ?? 32 * 1024 * 1024,
  userAgent: options.userAgent,
  fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
});

const tokenReader = (token: ApiClientOptions['token']): Transport['token'] =>
  typeof token === 'function' ? token : () => token;

function clientOf<T extends AppRouter>(contract: T, transport: Transport): ContractClient<T> {
  const methods = Object.entries(contract).map(([name, entry]) => [
    name,
    isAppRoute(entry) ? (input: CallInput = {}) => call(transport, entry, input) : clientOf(entry, transport),
  ]);
  return Object.fromEntries(methods) as ContractClient<T>;
}

function cleanBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new TypeError('baseUrl must be an http or https address, such as http://127.0.0.1:15868');
  if (url.username !== '' || url.password !== '')
    throw new TypeError('baseUrl must hold no user name or password: give the token as an option');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
