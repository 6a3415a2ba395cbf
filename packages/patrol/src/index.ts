export type { NotificationSpool, PatrolOptions, PatrolPolicy, RecordFile } from './options.ts';
export { runPatrol } from './patrol.ts';
export type { ProcessPatrolOptions, ProcessPatrolPolicy } from './process-options.ts';
export { type Standing, type Telling, type TellingRule, tellWhatStands } from './telling.ts';
