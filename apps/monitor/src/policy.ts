import type { Config } from '@instance-ha/config';
import type { PatrolPolicy, ProcessPatrolPolicy } from '@instance-ha/patrol';

/** The thresholds of the patrol as the configuration sets them. */
export function patrolPolicy(config: Config): PatrolPolicy {
  const { monitor } = config;
  return {
    guest: {
      checkIntervalMs: monitor.checkIntervalMs,
      failureThreshold: monitor.failureThreshold,
      bootGraceMs: monitor.bootGraceMs,
      agentLostGraceMs: monitor.agentLostGraceMs,
      pauseConfirmMs: monitor.pauseConfirmMs,
      incidentWindowMs: monitor.incidentWindowMs,
      evidenceMaxAgeMs: monitor.evidenceMaxAgeMs,
      secondSign: monitor.secondSign,
      cpuStallMs: monitor.cpuStallMs,
      bootLoopCount: monitor.bootLoopCount,
      bootLoopWindowMs: monitor.bootLoopWindowMs,
    },
    gate: { hostSuspectRatio: monitor.hostSuspectRatio, hostSuspectMinGuests: monitor.hostSuspectMinGuests },
    pingTimeoutMs: monitor.pingTimeoutMs,
    maxPingsInFlight: monitor.maxPingsInFlight,
    reportIntervalMs: monitor.reportIntervalMs,
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
