import { instanceA } from './samples.ts';
import type { TestApi } from './start-api.ts';
import { testHost } from './start-api.ts';

/** The tests look into answers of every shape. */
type Body = ReturnType<typeof JSON.parse>;
export type Answer = { status: number; body: Body; headers: Headers };

export type Asked = { body?: unknown; version?: string; token?: string | null; type?: string | null };

/** Asks as a client of Masakari does: `X-Auth-Token`, and a microversion when one is told. */
export async function askMasakari(
  api: TestApi,
  method: string,
  path: string,
  asked: Asked = {},
): Promise<Answer> {
  const { body, version, token = api.token('admin'), type = 'application/json' } = asked;
  const response = await fetch(`${api.origin}${path}`, {
    method,
    headers: {
      ...(token !== null && { 'x-auth-token': token }),
      ...(version !== undefined && { 'openstack-api-version': `instance-ha ${version}` }),
      ...(body !== undefined && type !== null && { 'content-type': type }),
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

export const newSegment = (told: object = {}) => ({
  segment: { name: 'rack1', recovery_method: 'auto', service_type: 'COMPUTE', ...told },
});
export const newHost = (told: object = {}) => ({
  host: { name: testHost, type: 'COMPUTE', control_attributes: 'SSH', ...told },
});

/** A failed instance as Masakari's monitors tell it. */
export const failedInstance = (told: Record<string, unknown> = {}) => ({
  notification: {
    type: 'VM',
    hostname: testHost,
    generated_time: '2026-01-02T03:04:05.123456',
    payload: { instance_uuid: instanceA, event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' },
    ...told,
  },
});

/** A failed host, which moves instances. */
export const failedHost = (told: Record<string, unknown> = {}) =>
  failedInstance({ type: 'COMPUTE_HOST', payload: { event: 'STOPPED', host_status: 'NORMAL' }, ...told });

/** Puts hosts into a segment of their own; answers its UUID and those of the hosts, in order. */
export async function registerHosts(
  api: TestApi,
  names: readonly string[] = [testHost, 'other-host'],
): Promise<{ segment: string; hosts: string[] }> {
  const made = await askMasakari(api, 'POST', '/v1/segments', {
    body: newSegment({ name: `of ${names.join()}` }),
  });
  const segment = made.body.segment.uuid as string;
  const hosts: string[] = [];
  for (const name of names) {
    const answer = await askMasakari(api, 'POST', `/v1/segments/${segment}/hosts`, {
      body: newHost({ name }),
    });
    hosts.push(answer.body.host.uuid as string);
  }
  return { segment, hosts };
}
