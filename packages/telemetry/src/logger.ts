import { createRequire } from 'node:module';
import type { Logger } from '@instance-ha/ports';
import { destination, type Logger as Pino, pino, stdSerializers } from 'pino';

export type LogOptions = {
  service: string;
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** `json`: one object a line; `pretty`: for people. */
  format: 'json' | 'pretty';
  /** Where to; standard output when absent. */
  file?: string | undefined;
};

/** What is never written, wherever it stands up to two levels deep. */
const secretKeys = [
  'token',
  'password',
  'secret',
  'authorization',
  'x-auth-token',
  'connection',
  'control_attributes',
];
const redactedPaths = secretKeys.flatMap(key => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);

/** Loaded where it is asked for: a service that writes JSON has no use for it. */
const pretty = (): typeof import('pino-pretty') => createRequire(import.meta.url)('pino-pretty');

/** pino behind our port. Lines are written at once, so that the last one before a kill -9 is there. */
export function createLogger(options: LogOptions): Logger {
  const { service, level, format, file } = options;
  const to = file === undefined ? 1 : file;
  const stream =
    format === 'pretty'
      ? pretty()({
          destination: to,
          sync: true,
          mkdir: true,
          colorize: file === undefined && process.stdout.isTTY,
          ignore: 'pid,hostname,service',
        })
      : destination({ dest: to, sync: true, mkdir: true });
  return pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      serializers: { error: stdSerializers.errWithCause, err: stdSerializers.errWithCause },
      redact: { paths: redactedPaths, censor: '***' },
    },
    stream,
  ) satisfies Pino;
}
