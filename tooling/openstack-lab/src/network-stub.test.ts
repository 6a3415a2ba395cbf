import { expect, it } from 'vitest';
import { answer } from './network-stub.ts';

it.each([
  ['GET', '/v2.0/ports?device_id=x', 200, { ports: [] }],
  ['GET', '/v2.0/security-groups.json', 200, { security_groups: [] }],
  ['GET', '/v2.0/', 200, { resources: [] }],
  ['DELETE', '/v2.0/ports/x', 204, undefined],
])('answers %s %s', (method, url, status, body) => {
  expect(answer(method, url)).toEqual(body === undefined ? { status } : { status, body });
});

it('makes nothing, and says so as Neutron would', () => {
  expect(answer('POST', '/v2.0/ports')).toMatchObject({ status: 400, body: { NeutronError: {} } });
});
