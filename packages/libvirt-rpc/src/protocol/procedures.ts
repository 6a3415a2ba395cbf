/**
 * The procedures this package speaks: number, arguments, return value.
 *
 * Keys are libvirt's symbols without `REMOTE_PROC_` or `QEMU_PROC_`; the number, the structures and the
 * priority are those of libvirt `src/remote/remote_protocol.x` and `src/remote/qemu_protocol.x`
 * (`@priority`: the daemon keeps workers that only run "high" procedures). The numbers are append-only:
 * an older daemon answers VIR_ERR_RPC "unknown procedure". `scripts/check-protocol.ts` compares this
 * table with those files.
 */

import { uuid } from '../uuid.ts';
import { type Codec, i32, list, nothing, optional, struct, u32, u64 } from '../wire/codec.ts';
import {
  type DomainRef,
  domain,
  maxAuthTypes,
  maxDomains,
  type StatsRecord,
  statsRecord,
  text,
} from './bodies.ts';
import { Program } from './programs.ts';

export type Procedure<Args, Ret> = {
  readonly name: string;
  readonly program: Program;
  readonly number: number;
  readonly priority: 'high' | 'low';
  readonly args: Codec<Args>;
  readonly ret: Codec<Ret>;
};

type Shape<Args, Ret> = Omit<Procedure<Args, Ret>, 'name' | 'program' | 'priority'> & { priority?: 'high' };

const remote = <Args, Ret>(name: string, shape: Shape<Args, Ret>): Procedure<Args, Ret> => ({
  name,
  program: Program.REMOTE,
  priority: 'low',
  ...shape,
});

type OnlyDomain = { domain: DomainRef };
type DomainAndFlags = { domain: DomainRef; flags: number };

const onlyDomain = struct<OnlyDomain>({ domain });
const domainAndFlags = struct<DomainAndFlags>({ domain, flags: u32 });

export const procedures = {
  CONNECT_OPEN: remote('CONNECT_OPEN', {
    number: 1,
    priority: 'high',
    args: struct<{ name: string | undefined; flags: number }>({ name: optional(text), flags: u32 }),
    ret: nothing,
  }),
  CONNECT_CLOSE: remote('CONNECT_CLOSE', { number: 2, priority: 'high', args: nothing, ret: nothing }),
  DOMAIN_CREATE: remote('DOMAIN_CREATE', { number: 9, args: onlyDomain, ret: nothing }),
  DOMAIN_DESTROY: remote('DOMAIN_DESTROY', { number: 12, priority: 'high', args: onlyDomain, ret: nothing }),
  DOMAIN_GET_XML_DESC: remote('DOMAIN_GET_XML_DESC', {
    number: 14,
    args: domainAndFlags,
    ret: struct<{ xml: string }>({ xml: text }),
  }),
  DOMAIN_GET_INFO: remote('DOMAIN_GET_INFO', {
    number: 16,
    args: onlyDomain,
    // XDR widens the unsigned char and the unsigned short of this structure to four bytes each.
    ret: struct<DomainInfoBody>({ state: u32, maxMem: u64, memory: u64, nrVirtCpu: u32, cpuTime: u64 }),
  }),
  DOMAIN_LOOKUP_BY_UUID: remote('DOMAIN_LOOKUP_BY_UUID', {
    number: 24,
    priority: 'high',
    args: struct<{ uuid: string }>({ uuid }),
    ret: onlyDomain,
  }),
  DOMAIN_RESUME: remote('DOMAIN_RESUME', { number: 28, args: onlyDomain, ret: nothing }),
  DOMAIN_SHUTDOWN: remote('DOMAIN_SHUTDOWN', { number: 33, args: onlyDomain, ret: nothing }),
  DOMAIN_SUSPEND: remote('DOMAIN_SUSPEND', { number: 34, args: onlyDomain, ret: nothing }),
  CONNECT_GET_HOSTNAME: remote('CONNECT_GET_HOSTNAME', {
    number: 59,
    priority: 'high',
    args: nothing,
    ret: struct<{ hostname: string }>({ hostname: text }),
  }),
  CONNECT_SUPPORTS_FEATURE: remote('CONNECT_SUPPORTS_FEATURE', {
    number: 60,
    priority: 'high',
    args: struct<{ feature: number }>({ feature: i32 }),
    ret: struct<{ supported: number }>({ supported: i32 }),
  }),
  AUTH_LIST: remote('AUTH_LIST', {
    number: 66,
    priority: 'high',
    args: nothing,
    ret: struct<{ types: readonly number[] }>({ types: list(i32, maxAuthTypes) }),
  }),
  CONNECT_GET_LIB_VERSION: remote('CONNECT_GET_LIB_VERSION', {
    number: 157,
    priority: 'high',
    args: nothing,
    ret: struct<{ libVersion: bigint }>({ libVersion: u64 }),
  }),
  DOMAIN_GET_STATE: remote('DOMAIN_GET_STATE', {
    number: 212,
    priority: 'high',
    args: domainAndFlags,
    ret: struct<{ state: number; reason: number }>({ state: i32, reason: i32 }),
  }),
  DOMAIN_GET_CONTROL_INFO: remote('DOMAIN_GET_CONTROL_INFO', {
    number: 229,
    priority: 'high',
    args: domainAndFlags,
    ret: struct<{ state: number; details: number; stateTime: bigint }>({
      state: u32,
      details: u32,
      stateTime: u64,
    }),
  }),
  DOMAIN_DESTROY_FLAGS: remote('DOMAIN_DESTROY_FLAGS', {
    number: 234,
    priority: 'high',
    args: domainAndFlags,
    ret: nothing,
  }),
  DOMAIN_RESET: remote('DOMAIN_RESET', { number: 245, args: domainAndFlags, ret: nothing }),
  CONNECT_LIST_ALL_DOMAINS: remote('CONNECT_LIST_ALL_DOMAINS', {
    number: 273,
    priority: 'high',
    args: struct<{ needResults: number; flags: number }>({ needResults: i32, flags: u32 }),
    ret: struct<{ domains: readonly DomainRef[]; count: number }>({
      domains: list(domain, maxDomains),
      count: u32,
    }),
  }),
  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: remote('CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY', {
    number: 316,
    priority: 'high',
    args: struct<{ eventId: number; domain: DomainRef | undefined }>({
      eventId: i32,
      domain: optional(domain),
    }),
    ret: struct<{ callbackId: number }>({ callbackId: i32 }),
  }),
  CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY: remote('CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY', {
    number: 317,
    priority: 'high',
    args: struct<{ callbackId: number }>({ callbackId: i32 }),
    ret: nothing,
  }),
  CONNECT_GET_ALL_DOMAIN_STATS: remote('CONNECT_GET_ALL_DOMAIN_STATS', {
    number: 344,
    args: struct<{ domains: readonly DomainRef[]; stats: number; flags: number }>({
      domains: list(domain, maxDomains),
      stats: u32,
      flags: u32,
    }),
    ret: struct<{ records: readonly StatsRecord[] }>({ records: list(statsRecord, maxDomains) }),
  }),
  QEMU_DOMAIN_AGENT_COMMAND: {
    name: 'QEMU_DOMAIN_AGENT_COMMAND',
    program: Program.QEMU,
    number: 3,
    priority: 'low',
    args: struct<AgentCommandBody>({ domain, command: text, timeout: i32, flags: u32 }),
    ret: struct<{ result: string | undefined }>({ result: optional(text) }),
  } satisfies Procedure<AgentCommandBody, { result: string | undefined }> as Procedure<
    AgentCommandBody,
    { result: string | undefined }
  >,
} as const;

/** Memory in KiB, CPU time in nanoseconds. */
type DomainInfoBody = { state: number; maxMem: bigint; memory: bigint; nrVirtCpu: number; cpuTime: bigint };

/** `timeout` in whole seconds (`virDomainQemuAgentCommandTimeoutValues` in libvirt-domain.h). */
type AgentCommandBody = { domain: DomainRef; command: string; timeout: number; flags: number };

/** VIR_DRV_FEATURE_PROGRAM_KEEPALIVE in libvirt `src/libvirt_internal.h`: asked, the daemon sends PINGs of its own. */
export const keepaliveFeature = 10;

/** `remote_auth_type` in `src/remote/remote_protocol.x`. */
export const AuthType = { NONE: 0, SASL: 1, POLKIT: 2 } as const;

/** VIR_CONNECT_RO (`virConnectFlags` in libvirt-host.h). */
export const connectReadOnly = 1;

/** `virConnectListAllDomainsFlags` in libvirt-domain.h; GET_ALL_DOMAIN_STATS takes the same bits. */
export const ListFlag = { ACTIVE: 1, INACTIVE: 2, PERSISTENT: 4, TRANSIENT: 8 } as const;

/** VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT in libvirt-domain.h. */
export const statsNoWait = 1 << 29;

/** VIR_DOMAIN_DESTROY_GRACEFUL in libvirt-domain.h: SIGTERM only. */
export const destroyGraceful = 1;
