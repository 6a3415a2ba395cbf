export { runEngine } from './engine.ts';
export { type EngineMetrics, engineMetrics, type LeaseLoss, leaseLosses } from './metrics.ts';
export type { EngineOptions } from './options.ts';
