import type { Counter, Gauge, Histogram, MetricOptions, Metrics } from '@instance-ha/ports';
import * as prom from 'prom-client';

/** prom-client behind our port: every series exists with zero from the start, so that a rate is right from the first event. */
export function createMetrics(registry: prom.Registry): Metrics {
  const made = new Map<string, unknown>();
  const once = <T>(name: string, make: () => T): T => {
    if (!made.has(name)) made.set(name, make());
    return made.get(name) as T;
  };
  return {
    counter: <Label extends string = never>(options: MetricOptions<Label>) =>
      once(options.name, (): Counter<Label> => {
        const metric = new prom.Counter({ ...config(options), registers: [registry] });
        for (const labels of combinations(options.labels)) metric.inc(labels, 0);
        return { add: (count, ...labels) => metric.inc((labels[0] ?? {}) as Labels, count) };
      }),
    gauge: <Label extends string = never>(options: MetricOptions<Label>) =>
      once(options.name, (): Gauge<Label> => {
        const metric = new prom.Gauge({ ...config(options), registers: [registry] });
        for (const labels of combinations(options.labels)) metric.set(labels, 0);
        return { set: (value, ...labels) => metric.set((labels[0] ?? {}) as Labels, value) };
      }),
    histogram: <Label extends string = never>(
      options: MetricOptions<Label> & { buckets: readonly number[] },
    ) =>
      once(options.name, (): Histogram<Label> => {
        const metric = new prom.Histogram({
          ...config(options),
          buckets: [...options.buckets],
          registers: [registry],
        });
        for (const labels of combinations(options.labels)) metric.zero(labels);
        return { observe: (value, ...labels) => metric.observe((labels[0] ?? {}) as Labels, value) };
      }),
  };
}

type Labels = Record<string, string>;

const config = (options: MetricOptions<string>) => ({
  name: options.name,
  help: options.help,
  labelNames: Object.keys(options.labels ?? {}),
});

/** Every combination of the labels' values; one empty one when there are no labels. */
function combinations(labels: Record<string, readonly string[]> | undefined): Labels[] {
  let all: Labels[] = [{}];
  for (const [label, values] of Object.entries(labels ?? {})) {
    all = all.flatMap(one => values.map(value => ({ ...one, [label]: value })));
  }
  return all;
}
