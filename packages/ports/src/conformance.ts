export {
  type ConfigurationSourceWorld,
  configurationSourceConformance,
} from './conformance/configuration-source.ts';
export type { ConformanceCase } from './conformance/conformance-case.ts';
export { type GuestProbeWorld, guestProbeConformance } from './conformance/guest-probe.ts';
export { type HostControlWorld, hostControlConformance } from './conformance/host-control.ts';
export {
  type InstanceCondition,
  type InstanceControlWorld,
  instanceControlConformance,
} from './conformance/instance-control.ts';
export { type NotificationSinkWorld, notificationSinkConformance } from './conformance/notification-sink.ts';
export type { StoresWorld } from './conformance/stores/world.ts';
export { storesConformance } from './conformance/stores.ts';
