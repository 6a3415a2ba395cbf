import type { Config } from '@instance-ha/config';
import type { PatrolPolicy, ProcessPatrolPolicy } from '@instance-ha/patrol';
import { guestPolicies } from '@instance-ha/rollout';

/** The thresholds of the patrol as the configuration sets them. */
export function patrolPolicy(config: Config): PatrolPolicy {
  const { monitor } = config;
  return {
    ...guestPolicies(config),
    pingTimeoutMs: monitor.pingTimeoutMs,
    maxPingsInFlight: monitor.maxPingsInFlight,
    reportIntervalMs: monitor.reportIntervalMs,
    recordIntervalMs: monitor.recordIntervalMs,
  };
}

/** How processes are watched, as the configuration sets it. */
export function processPolicy({ process }: Config): ProcessPatrolPolicy {
  const { watched, checkIntervalMs, failureThreshold, restartTimeoutMs } = process;
  return {
    watched,
    checkIntervalMs,
    failureThreshold,
    restartTimeoutMs,
    restartGraceMs: 60_000,
    lookTimeoutMs: 5000,
  };
}

/** The configured commands as argument lists. */
export const restartCommands = ({ process }: Config): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(process.restartCommands).map(([name, command]) => [name, command.split(/ +/)]),
  );
