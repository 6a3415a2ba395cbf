import type { Service } from '../catalogue/option.ts';
import { type ConfigChange, diffConfig } from '../diff-config.ts';
import type { Config } from '../layout.ts';

/** The services that take what is pushed. */
export const pushedServices = ['monitor', 'worker'] as const satisfies Service[];

/** What one configuration in the place of another means for a host. */
export type ChangePreview = {
  readonly changes: readonly ConfigChange[];
  /** The services that begin anew, because an option they read cannot be taken otherwise. */
  readonly restarts: readonly (typeof pushedServices)[number][];
  /** What is not protected any more, or less than before, in plain sentences. */
  readonly unprotected: readonly string[];
};

export function previewChange(before: Config, after: Config): ChangePreview {
  const changes = diffConfig(before, after);
  const restarts = pushedServices.filter(service =>
    changes.some(({ reloadable, services }) => !reloadable && services.includes(service)),
  );
  const unprotected = losses.flatMap(loss => loss(before, after) ?? []);
  return { changes, restarts, unprotected };
}

type Loss = (before: Config, after: Config) => string | undefined;

const losses: readonly Loss[] = [
  ({ general: before }, { general: after }) =>
    before.mode === 'act' && after.mode === 'observe'
      ? 'no failure is acted on any more: mode = observe decides and records alone'
      : undefined,
  ({ hostFailure: before }, { hostFailure: after }) =>
    before.evacuateAllInstances && !after.evacuateAllInstances
      ? `of a failed host only the instances that carry ${after.haEnabledKey} are evacuated`
      : undefined,
  (before, after) => {
    const [old, now] = [hangSeenWithinMs(before), hangSeenWithinMs(after)];
    return now > old ? `a hang is seen within ${s(now)} instead of ${s(old)}` : undefined;
  },
  ({ monitor: before }, { monitor: after }) =>
    after.bootGraceMs > before.bootGraceMs
      ? `a guest that was just started may stay silent for ${s(after.bootGraceMs)} instead of ${s(before.bootGraceMs)}`
      : undefined,
  ({ instanceFailure: before }, { instanceFailure: after }) =>
    after.restartBudget < before.restartBudget
      ? `an instance is restarted at most ${after.restartBudget} times instead of ${before.restartBudget} within the budget's window`
      : undefined,
];

/** The last answer, then so many misses one interval apart, each known once its time is over. */
const hangSeenWithinMs = ({ monitor }: Config): number =>
  monitor.failureThreshold * monitor.checkIntervalMs + monitor.pingTimeoutMs;

const s = (ms: number): string => `${ms / 1000} s`;
