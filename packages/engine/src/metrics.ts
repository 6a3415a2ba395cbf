import type { Counter, Gauge, Histogram, Metrics } from '@instance-ha/ports';
import {
  instanceActs,
  type RecoveryEndStatus,
  type RecoveryRule,
  recoveryEndStatuses,
  recoveryRules,
  timelinePhases,
} from '@instance-ha/recovery';

export const leaseLosses = ['fenced', 'lapsed', 'stopping'] as const;
export type LeaseLoss = (typeof leaseLosses)[number];

/** Every phase of the timeline, reckoned from the one before it, and the whole way from the fault to the end. */
const durations = [...timelinePhases.filter(phase => phase !== 'fault'), 'total'] as const;

export type EngineMetrics = {
  claims: Counter;
  takeOvers: Counter;
  leasesLost: Counter<'reason'>;
  storeErrors: Counter;
  inFlight: Gauge;
  ends: Counter<'status' | 'rule'>;
  acts: Counter<'act' | 'outcome'>;
  phaseSeconds: Histogram<'phase'>;
};

export function engineMetrics(metrics: Metrics): EngineMetrics {
  return {
    claims: metrics.counter({
      name: 'vmha_recovery_claims_total',
      help: 'Recoveries this worker has taken on, further rounds and take-overs included.',
    }),
    takeOvers: metrics.counter({
      name: 'vmha_recovery_take_overs_total',
      help: 'Recoveries this worker has taken on that another one had begun and not ended.',
    }),
    leasesLost: metrics.counter({
      name: 'vmha_recovery_leases_lost_total',
      help: 'Recoveries this worker lost: taken by another one, not renewed in time, or given up while stopping.',
      labels: { reason: leaseLosses },
    }),
    storeErrors: metrics.counter({
      name: 'vmha_recovery_store_errors_total',
      help: 'Calls of the database that failed.',
    }),
    inFlight: metrics.gauge({
      name: 'vmha_recoveries_in_flight',
      help: 'Recoveries this worker holds now, those that wait for a heartbeat included.',
    }),
    ends: metrics.counter({
      name: 'vmha_recoveries_total',
      help: 'Recoveries that ended, by how and by which rule; error is tried again.',
      labels: { status: recoveryEndStatuses, rule: recoveryRules },
    }),
    acts: metrics.counter({
      name: 'vmha_recovery_acts_total',
      help: 'Acts on instances, by how they ended.',
      labels: { act: instanceActs, outcome: ['done', 'refused', 'failed'] },
    }),
    phaseSeconds: metrics.histogram({
      name: 'vmha_recovery_phase_seconds',
      help: 'How long each phase of a recovery took since the one before it; total: from the fault to the end.',
      labels: { phase: durations },
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    }),
  };
}

/** Counts an end, and where the time went. */
export function countEnd(
  metrics: EngineMetrics,
  end: { status: RecoveryEndStatus; rule: RecoveryRule },
  phases: readonly { phase: (typeof timelinePhases)[number]; offsetMs: number }[],
): void {
  const { status, rule } = end;
  metrics.ends.add(1, { status, rule });
  if (status === 'error') return; // Not the end of the way.
  let beforeMs = 0;
  for (const { phase, offsetMs } of phases) {
    // The clocks of host and database may disagree by a little: that is no negative duration.
    if (phase !== 'fault') metrics.phaseSeconds.observe(Math.max(0, offsetMs - beforeMs) / 1000, { phase });
    beforeMs = offsetMs;
  }
  metrics.phaseSeconds.observe(Math.max(0, beforeMs) / 1000, { phase: 'total' });
}
