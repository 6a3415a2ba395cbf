import type { Config } from '@instance-ha/config';
import type { PatrolPolicy } from '@instance-ha/patrol';

/** The thresholds of the patrol as the configuration sets them. */
export function patrolPolicy(config: Config): PatrolPolicy {
  const { monitor } = config;
  return {
    guest: {
      checkIntervalMs: monitor.checkIntervalMs,
      failureThreshold: monitor.failureThreshold,
      bootGraceMs: monitor.bootGraceMs,
      agentLostGraceMs: monitor.agentLostGraceMs,
      pauseConfirmMs: 1500,
      incidentWindowMs: 5000,
      evidenceMaxAgeMs: monitor.evidenceMaxAgeMs,
      secondSign: monitor.secondSign,
      cpuStallMs: Math.max(1000, monitor.pingTimeoutMs),
      bootLoopCount: 10,
      bootLoopWindowMs: 600_000,
    },
    gate: { hostSuspectRatio: monitor.hostSuspectRatio, hostSuspectMinGuests: monitor.hostSuspectMinGuests },
    pingTimeoutMs: monitor.pingTimeoutMs,
    maxPingsInFlight: monitor.maxPingsInFlight,
    reportIntervalMs: monitor.reportIntervalMs,
  };
}
