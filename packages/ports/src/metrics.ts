/** What loops and adapters may count. Names carry the prefix `vmha_`; labels are closed lists, never a guest. */
export interface Counter<Label extends string = never> {
  add(count: number, ...labels: [Label] extends [never] ? [] : [Record<Label, string>]): void;
}
export interface Gauge<Label extends string = never> {
  set(value: number, ...labels: [Label] extends [never] ? [] : [Record<Label, string>]): void;
}
export interface Histogram<Label extends string = never> {
  /** In base units: seconds, bytes. */
  observe(value: number, ...labels: [Label] extends [never] ? [] : [Record<Label, string>]): void;
}
export type MetricOptions<Label extends string> = {
  name: `vmha_${string}`;
  help: string;
  /** Every value each label can take: all series exist with zero from the start. */
  labels?: Record<Label, readonly string[]>;
};
/** Makes metrics in one registry. Asking for the same name twice gives the same metric. */
export interface Metrics {
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(
    options: MetricOptions<Label> & { buckets: readonly number[] },
  ): Histogram<Label>;
}
