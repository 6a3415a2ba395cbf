export { createLibvirtControl, type LibvirtControlOptions } from './control.ts';
export type { ConnectHost } from './host-connections.ts';
