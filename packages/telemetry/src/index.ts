export { createLogger, type LevelLogger, type LogLevel, type LogOptions } from './logger.ts';
export { createMetrics } from './metrics.ts';
export { createTelemetry, type Health, type Telemetry, type TelemetryOptions } from './telemetry.ts';
