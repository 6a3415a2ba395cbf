import { z } from 'zod';
import { anyText, text } from './text.ts';

/**
 * Why a verdict was reached: the rule that fired and every input it looked at, with its age when the verdict fell.
 * Replaying the inputs through the same policy gives the same verdict.
 */
export const EvidenceInput = z.strictObject({
  /** What was observed, e.g. `lifecycle`, `ping`, `cpu-progress`, `state`, `boot`. */
  signal: text(64),
  /** What it said, e.g. `stopped/failed`, `no-answer`, `0 ms of CPU in 1000 ms`. */
  value: anyText(512),
  /** Milliseconds between the observation and the verdict, by the monitor's monotonic clock. */
  ageMs: z.number().nonnegative(),
});
export type EvidenceInput = z.infer<typeof EvidenceInput>;

export const Evidence = z.strictObject({
  /** The name of the rule that fired, e.g. `stopped-failed`, `misses-reached-threshold`. */
  rule: text(64),
  /** One plain sentence for a human. */
  summary: text(512),
  inputs: z.array(EvidenceInput).max(64),
  /** The thresholds in force, by name. */
  policy: z.record(text(64), z.union([z.number(), anyText(256), z.boolean()])),
});
export type Evidence = z.infer<typeof Evidence>;
