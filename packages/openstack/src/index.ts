export { createNovaHostControl, type NovaHostControlOptions } from './host/control.ts';
export { type BreakerLimits, type BreakerState, breakerStates } from './http/breaker.ts';
export type { CallBounds, CallLimits } from './http/caller.ts';
export type { TransportOptions } from './http/transport.ts';
export { createNovaInstanceControl, type NovaInstanceControlOptions } from './instance/control.ts';
export type { Polling } from './instance/follow.ts';
export { isSameHost } from './instance/same-host.ts';
export type {
  TokenOwner,
  TokenValidator,
  TokenValidatorLimits,
  TokenVerdict,
} from './keystone/token-validator.ts';
export type { MasakariInventory } from './masakari/inventory-client.ts';
export type { MasakariHost, MasakariSegment } from './masakari/inventory-wire.ts';
export { type Accepted, type NovaClient, type NovaLimits, neededMicroversion } from './nova/nova-client.ts';
export {
  type NovaAction,
  type NovaAggregate,
  type NovaHypervisor,
  type NovaMigration,
  type NovaServer,
  type NovaService,
  type NovaVersions,
  PowerState,
} from './nova/wire.ts';
export { connectOpenStack, type OpenStack, type OpenStackConnection } from './open-stack.ts';
export {
  OpenStackError,
  type OpenStackErrorCode,
  type OpenStackErrorOptions,
  openStackErrorCodes,
} from './openstack-error.ts';
export { readSettings } from './settings/read-settings.ts';
export {
  type DomainRef,
  type EndpointInterface,
  type KeystoneAuth,
  type OpenStackOptions,
  type OpenStackSettings,
  type ResolvedSettings,
  resolveSettings,
  type SettingsSources,
} from './settings/settings.ts';
