import type { Logger, Metrics } from '@instance-ha/ports';

export type LogLine = {
  level: 'warn' | 'error' | 'fatal' | 'info' | 'debug' | 'trace';
  fields: object;
  message: string;
};

/** A logger whose every line goes to `onLine`, with the fields of its parents. */
export function logTo(onLine: (line: LogLine) => void, base: object = {}): Logger {
  const at = (level: LogLine['level']) => (fields: object, message: string) =>
    onLine({ level, fields: { ...base, ...fields }, message });
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: fields => logTo(onLine, { ...base, ...fields }),
  };
}

const nothing = { add: () => {}, set: () => {}, observe: () => {} };
export const noMetrics: Metrics = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
};
