export { createProcessHands, type ProcessHandsOptions } from './process-hands.ts';
export { createProcessProbe, type ProcessProbeOptions } from './process-probe.ts';
