export type { BackoffPolicy } from './backoff.ts';
export type { Connect, LinkPurpose } from './link.ts';
export { createLibvirtProbe, type LibvirtProbeOptions } from './probe.ts';
