export type { NotificationSpool, PatrolOptions, PatrolPolicy, RecordFile } from './options.ts';
export { runPatrol } from './patrol.ts';
