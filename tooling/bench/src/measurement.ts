/**
 * One line of output. `p50` and `p99` are of `n` samples; `floor` is the p50 of the bare thing underneath, taken in the same run
 * and in turn with the samples; `ratio` is p50 ÷ floor; `rate` is for throughput, per second.
 */
export type Measurement = {
  name: string;
  n: number;
  unit: 'ms' | 'MiB' | '1/s' | 'cores' | 'count';
  p50: number;
  p99: number;
  min?: number;
  max?: number;
  rate?: number;
  floor?: number;
  ratio?: number;
  /** What we hold ourselves to, as a person would write it. */
  target?: string;
  conditions: Record<string, string | number | boolean>;
};

export type Bench = {
  about: string;
  run: (context: BenchContext) => AsyncGenerator<Measurement>;
};

export type BenchContext = {
  /** Tells progress on standard error. */
  say: (line: string) => void;
  signal: AbortSignal;
  /** Scales how many samples are taken; 1 by default. */
  effort: number;
};

/** The p-th percentile by nearest rank; NaN without samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? Number.NaN
  );
}

const round = (value: number): number => Number(value.toPrecision(4));

/** Sums samples up, with the floor when there is one. */
export function summarize(
  what: Pick<Measurement, 'name' | 'unit' | 'conditions'> & { target?: string; rate?: number },
  samples: readonly number[],
  floors: readonly number[] = [],
): Measurement {
  const p50 = percentile(samples, 50);
  const floor = percentile(floors, 50);
  const { name, unit, conditions, target, rate } = what;
  return {
    name,
    n: samples.length,
    unit,
    p50: round(p50),
    p99: round(percentile(samples, 99)),
    min: round(Math.min(...samples)),
    max: round(Math.max(...samples)),
    ...(rate !== undefined && { rate: round(rate) }),
    ...(floors.length > 0 && { floor: round(floor), ratio: round(p50 / floor) }),
    ...(target !== undefined && { target }),
    conditions: { ...conditions, ...(floors.length > 0 && { floorN: floors.length }) },
  };
}
