import type { Config } from '@instance-ha/config';
import type { RecoveryPolicy } from '@instance-ha/recovery';

/** How instances are recovered, as the configuration says. */
export function recoveryPolicy(config: Config): RecoveryPolicy {
  const { general, instanceFailure, hostFailure, processFailure, worker } = config;
  return {
    mode: general.mode,
    method: instanceFailure.method,
    allowEvacuate: instanceFailure.allowEvacuate,
    processAllInstances: instanceFailure.processAllInstances,
    haEnabledKey: instanceFailure.haEnabledKey,
    recoverIgnoringErrorInstances: instanceFailure.recoverIgnoringErrorInstances,
    budget: { restarts: instanceFailure.restartBudget, windowMs: instanceFailure.restartBudgetWindowMs },
    actTimeoutMs: instanceFailure.restartTimeoutMs,
    heartbeatWaitMs: instanceFailure.heartbeatWaitMs,
    nobodyListensMs: instanceFailure.noListenerWaitMs,
    attemptLimit: worker.attempts,
    retryMs: worker.retryBackoffMs,
    expiryMs: general.notificationsExpireMs,
    host: { ...hostFailure, hasControl: worker.driver === 'nova' },
    process: {
      hasControl: worker.driver === 'nova',
      otherProcesses: processFailure.otherProcesses,
      restartAttempts: processFailure.restartAttempts,
      restartTimeoutMs: config.process.restartTimeoutMs + restartMarginMs,
      takeTimeoutMs: processFailure.takeTimeoutMs,
      verifyTimeoutMs: processFailure.verifyTimeoutMs,
      pollMs: servicePollMs,
      budget: { restarts: processFailure.restartBudget, windowMs: processFailure.restartBudgetWindowMs },
      disableService: processFailure.disableService,
    },
  };
}

/** The monitor looks for the process and reports within so much more than its restart may take. */
const restartMarginMs = 15_000;
/** How often Nova is asked whether it hears a compute service again; it reports every 10 s. */
const servicePollMs = 2000;

/** A monitor that misses so many reports in a row is away: the silence of its guests is then no evidence. */
const missedReports = 3;

export const monitorSilentAfterMs = (config: Config): number =>
  missedReports * config.monitor.reportIntervalMs;
