import { type Config, formatProblem, loadConfig } from '@instance-ha/config';
import type { PatrolPolicy, ProcessPatrolPolicy } from '@instance-ha/patrol';
import type { RecoveryPolicy } from '@instance-ha/recovery';

/** Options of instance-ha.conf by section and name, as text. */
export type ConfText = Record<string, Record<string, string>>;

/** Reads the options as the programs do: defaults below, every rule checked. Throws with all that is wrong. */
export function readConf(conf: ConfText): Config {
  const text = Object.entries(conf)
    .map(([section, options]) => {
      const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}\n`);
      return `[${section}]\n${lines.join('')}`;
    })
    .join('');
  const read = loadConfig({
    layers: [{ kind: 'file', file: 'instance-ha.conf', text }],
    hostname: 'world',
  });
  if (read.ok) return read.config;
  throw new RangeError(read.errors.map(problem => formatProblem(problem)).join('\n'));
}

export function patrolPolicyOf({ monitor }: Config): PatrolPolicy {
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
    recordIntervalMs: monitor.recordIntervalMs,
  };
}

export function processPolicyOf({ process }: Config, watched: readonly string[]): ProcessPatrolPolicy {
  const { checkIntervalMs, failureThreshold, restartTimeoutMs } = process;
  const bounds = { restartGraceMs: 60_000, lookTimeoutMs: 5000 };
  return { watched, checkIntervalMs, failureThreshold, restartTimeoutMs, ...bounds };
}

export function recoveryPolicyOf(config: Config): RecoveryPolicy {
  const { general, instanceFailure, hostFailure, process, processFailure, worker } = config;
  return {
    mode: general.mode,
    method: instanceFailure.method,
    allowEvacuate: instanceFailure.allowEvacuate,
    processAllInstances: instanceFailure.processAllInstances,
    haEnabledKey: instanceFailure.haEnabledKey,
    recoverIgnoringErrorInstances: instanceFailure.recoverIgnoringErrorInstances,
    budget: {
      restarts: instanceFailure.restartBudget,
      windowMs: instanceFailure.restartBudgetWindowMs,
    },
    actTimeoutMs: instanceFailure.restartTimeoutMs,
    heartbeatWaitMs: instanceFailure.heartbeatWaitMs,
    nobodyListensMs: instanceFailure.noListenerWaitMs,
    attemptLimit: worker.attempts,
    retryMs: worker.retryBackoffMs,
    expiryMs: general.notificationsExpireMs,
    host: { ...hostFailure, hasControl: false },
    process: {
      hasControl: false,
      otherProcesses: processFailure.otherProcesses,
      restartAttempts: processFailure.restartAttempts,
      restartTimeoutMs: process.restartTimeoutMs + 15_000,
      takeTimeoutMs: processFailure.takeTimeoutMs,
      verifyTimeoutMs: processFailure.verifyTimeoutMs,
      pollMs: 2000,
      budget: { restarts: processFailure.restartBudget, windowMs: processFailure.restartBudgetWindowMs },
      disableService: processFailure.disableService,
    },
  };
}

/** A monitor that missed three of its reports is away. */
export const silentAfterMsOf = ({ monitor }: Config): number => 3 * monitor.reportIntervalMs;
