export type { RecoveryPolicy } from './policy.ts';
export type {
  ActOutcome,
  HeartbeatSighting,
  InstanceAct,
  InstanceSighting,
  InstanceSubject,
} from './subject.ts';
