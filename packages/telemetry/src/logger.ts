import { createRequire } from 'node:module';
import type { Logger } from '@instance-ha/ports';
import { destination, levels, pino, stdSerializers } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export type LogOptions = {
  service: string;
  level: LogLevel;
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

/** `setLevel` counts from the next line on, for every child too. */
export type LevelLogger = Logger & { setLevel(level: LogLevel): void };

/** pino behind our port. Lines are written at once, so that the last one before a kill -9 is there. */
export function createLogger(options: LogOptions): LevelLogger {
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
  // A child of pino's keeps the level it was made with: ours is asked at each line.
  let least = severityOf(level);
  const logger = pino(
    {
      level: 'trace',
      base: { service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
      serializers: { error: stdSerializers.errWithCause, err: stdSerializers.errWithCause },
      redact: { paths: redactedPaths, censor: '***' },
    },
    stream,
  );
  const wrap = (to: Logger): Logger => {
    const write =
      (level: Exclude<LogLevel, 'silent'>): Logger['info'] =>
      (fields, message) => {
        if (severityOf(level) >= least) to[level](fields, message);
      };
    return {
      trace: write('trace'),
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      fatal: write('fatal'),
      child: fields => wrap(to.child(fields)),
    };
  };
  const setLevel = (next: LogLevel): void => {
    least = severityOf(next);
  };
  return { ...wrap(logger), setLevel };
}

const severityOf = (level: LogLevel): number =>
  level === 'silent' ? Number.POSITIVE_INFINITY : (levels.values[level] ?? 0);
