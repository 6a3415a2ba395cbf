export {
  decideProcess,
  initialProcess,
  type ProcessDecision,
  type ProcessEffect,
  type ProcessPolicy,
  type ProcessState,
} from './decide-process.ts';
export { fromProcessRecord, toProcessRecord } from './record.ts';
export { type ProcessSighting, ProcessSighting as ProcessSightingSchema } from './sighting.ts';
