export type { ApiAccess } from './api-access.ts';
export { createApiActions } from './api-actions.ts';
export { createApiConfigurationSource } from './api-configuration-source.ts';
export { createApiRecordings } from './api-recordings.ts';
export { createApiReporter } from './api-reporter.ts';
export { createApiSink } from './api-sink.ts';
