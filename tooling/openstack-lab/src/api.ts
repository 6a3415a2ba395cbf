import { LabError } from '@instance-ha/lab';

/** Who to be, for Keystone's `password` method. */
export type Credentials = {
  authUrl: string;
  username: string;
  password: string;
  projectName: string;
  userDomainName: string;
  projectDomainName: string;
  regionName: string;
};

/** The services of the lab's catalogue by type. */
export type ServiceType = 'identity' | 'placement' | 'image' | 'compute' | 'network';
export type Endpoints = Record<ServiceType, string>;

export type Call = {
  /** Below the endpoint, with a slash first. */
  path: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** Instead of `body`: sent as it is, as application/octet-stream. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** Of Nova or Placement, such as `2.74`. */
  microversion?: string;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
};

export type OpenStackApi = {
  /** The body of a 2xx answer, undefined when it has none. Throws `command-failed` with status and what was said. */
  call: <T = unknown>(service: ServiceType, call: Call) => Promise<T>;
};

/**
 * A small client for the lab's own needs, independent of the product's: a witness beside it. It takes a token at the first
 * call, and once more when that one is refused.
 */
export function createApi(credentials: Credentials, endpoints: Endpoints): OpenStackApi {
  let token: string | undefined;
  const send = async (service: ServiceType, call: Call) => {
    token ??= await logIn(credentials, call.signal);
    const headers: Record<string, string> = { 'x-auth-token': token };
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.bytes !== undefined) headers['content-type'] = 'application/octet-stream';
    if (call.microversion !== undefined) headers['openstack-api-version'] = `${service} ${call.microversion}`;
    return fetch(`${endpoints[service]}${call.path}`, {
      method: call.method ?? 'GET',
      headers,
      signal: limit(call.timeoutMs ?? 60_000, call.signal),
      ...(call.bytes === undefined ? {} : { body: call.bytes }),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
  };
  return {
    call: async <T>(service: ServiceType, call: Call) => {
      let response = await send(service, call);
      if (response.status === 401) {
        await response.arrayBuffer();
        token = undefined;
        response = await send(service, call);
      }
      const text = await response.text();
      if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
      throw new LabError(
        'command-failed',
        `${service}: ${call.method ?? 'GET'} ${call.path} was answered with ${response.status}: ${text.slice(0, 500)}`,
        { retryable: response.status >= 500 },
      );
    },
  };
}

/** A scoped token by password (https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization). */
async function logIn(credentials: Credentials, signal?: AbortSignal): Promise<string> {
  const user = {
    name: credentials.username,
    password: credentials.password,
    domain: { name: credentials.userDomainName },
  };
  const project = { name: credentials.projectName, domain: { name: credentials.projectDomainName } };
  const auth = { identity: { methods: ['password'], password: { user } }, scope: { project } };
  const response = await fetch(`${credentials.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
    signal: limit(30_000, signal),
  });
  const token = response.headers.get('x-subject-token');
  const text = await response.text();
  if (response.status === 201 && token !== null) return token;
  throw new LabError(
    'command-failed',
    `Keystone gave no token to ${credentials.username} (${response.status}): ${text.slice(0, 300)}`,
  );
}

const limit = (timeoutMs: number, signal?: AbortSignal) =>
  signal ? AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) : AbortSignal.timeout(timeoutMs);
