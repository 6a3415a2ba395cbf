export { type Advance, advance, type RowChange, type Target } from './advance.ts';
export {
  blindSpots,
  compareOnHost,
  guestPolicies,
  judgesOtherwise,
  type RecordedHost,
  type ToldGuest,
} from './last-day.ts';
export {
  type FailurePolicy,
  failurePolicies,
  type Member,
  memberSilentAfterMs,
  type Operation,
  type OperationState,
  operationStates,
  type RolloutService,
  type Row,
  type RowState,
  type RunningState,
  rolloutServices,
  rowStates,
  runningStates,
} from './operation.ts';
