import { expect, it } from 'vitest';
import { createConnection, type LibvirtConnection } from './connection.ts';
import type { EventHub } from './session/event-hub.ts';
import type { Session } from './session/session.ts';

const domain = { name: 'g', uuid: '0d6f9f0a-5a3c-4b1e-9f52-3c1d7b8e6a41', id: 1 };
const options = { timeoutMs: 7 };

/** What each method asks of the daemon: procedure, arguments, options. */
it.each<
  [string, (connection: LibvirtConnection) => Promise<unknown>, name: string, args: unknown, passed?: unknown]
>([
  ['libVersion', c => c.libVersion(options), 'CONNECT_GET_LIB_VERSION', undefined],
  ['hostname', c => c.hostname(options), 'CONNECT_GET_HOSTNAME', undefined],
  ['all domains', c => c.listDomains({}, options), 'CONNECT_LIST_ALL_DOMAINS', { needResults: 1, flags: 0 }],
  [
    'domains that run',
    c => c.listDomains({ active: true }, options),
    'CONNECT_LIST_ALL_DOMAINS',
    { needResults: 1, flags: 1 },
  ],
  [
    'domains that are off',
    c => c.listDomains({ active: false }, options),
    'CONNECT_LIST_ALL_DOMAINS',
    { needResults: 1, flags: 2 },
  ],
  [
    'stats',
    c => c.allDomainStats({ groups: ['state', 'cpu'], active: true, noWait: true }, options),
    'CONNECT_GET_ALL_DOMAIN_STATS',
    { domains: [], stats: 3, flags: 0x2000_0001 },
  ],
  [
    'stats that may wait',
    c => c.allDomainStats({ groups: ['balloon', 'vm'] }, options),
    'CONNECT_GET_ALL_DOMAIN_STATS',
    { domains: [], stats: 4 | 1024, flags: 0 },
  ],
  ['domainState', c => c.domainState(domain, options), 'DOMAIN_GET_STATE', { domain, flags: 0 }],
  ['domainInfo', c => c.domainInfo(domain, options), 'DOMAIN_GET_INFO', { domain }],
  ['domainXml', c => c.domainXml(domain, options), 'DOMAIN_GET_XML_DESC', { domain, flags: 0 }],
  ['lookupByUuid', c => c.lookupByUuid(domain.uuid, options), 'DOMAIN_LOOKUP_BY_UUID', { uuid: domain.uuid }],
  ['controlInfo', c => c.controlInfo(domain, options), 'DOMAIN_GET_CONTROL_INFO', { domain, flags: 0 }],
  ['create', c => c.create(domain, options), 'DOMAIN_CREATE', { domain }],
  ['destroy', c => c.destroy(domain, options), 'DOMAIN_DESTROY', { domain }],
  [
    'destroy by SIGTERM only',
    c => c.destroy(domain, { ...options, graceful: true }),
    'DOMAIN_DESTROY_FLAGS',
    { domain, flags: 1 },
    { ...options, graceful: true },
  ],
  ['reset', c => c.reset(domain, options), 'DOMAIN_RESET', { domain, flags: 0 }],
  ['suspend', c => c.suspend(domain, options), 'DOMAIN_SUSPEND', { domain }],
  ['resume', c => c.resume(domain, options), 'DOMAIN_RESUME', { domain }],
  ['shutdown', c => c.shutdown(domain, options), 'DOMAIN_SHUTDOWN', { domain }],
  [
    'agentCommand',
    c => c.agentCommand(domain, '{"execute":"guest-info"}', 3, options),
    'QEMU_DOMAIN_AGENT_COMMAND',
    { domain, command: '{"execute":"guest-info"}', timeout: 3, flags: 0 },
    { timeoutMs: 7, signal: undefined },
  ],
  [
    'agentPing, in whole seconds and with its own deadline',
    c => c.agentPing(domain, { timeoutMs: 1_001 }),
    'QEMU_DOMAIN_AGENT_COMMAND',
    { domain, command: '{"execute":"guest-ping"}', timeout: 2, flags: 0 },
    { timeoutMs: 12_000, signal: undefined },
  ],
])('%s', async (_what, ask, name, args, passed = options) => {
  const asked: unknown[] = [];
  const stopHere = new Error('asked');
  const session = {
    call: async (procedure: { name: string }, ...rest: unknown[]) => {
      asked.push([procedure.name, ...rest]);
      throw stopHere;
    },
  };
  const connection = createConnection(session as unknown as Session, {} as EventHub);
  await expect(ask(connection)).rejects.toBe(stopHere);
  expect(asked).toEqual([[name, args, passed]]);
});
