import type { RecoveryEnd } from './effect.ts';
import type { HostRecovery } from './host/state.ts';
import type { InstanceRecovery } from './instance/state.ts';
import type { ProcessRecovery } from './process/state.ts';

/** One notification's recovery. `workflow` tells which machine goes on; more of them will stand beside the instance's. */
export type RecoveryState =
  | { workflow: 'none'; phase: 'new' }
  /** The type has no workflow: its end was decided, then recorded. */
  | { workflow: 'none'; phase: 'ending' | 'ended'; end: RecoveryEnd }
  | InstanceRecovery
  | HostRecovery
  | ProcessRecovery;

export const initialRecovery: RecoveryState = { workflow: 'none', phase: 'new' };
