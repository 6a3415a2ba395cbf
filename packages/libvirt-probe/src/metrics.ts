import type { Counter, Gauge, Histogram, Metrics } from '@instance-ha/ports';
import { linkFailures } from './link.ts';
import { pingOutcomes } from './ping-outcome.ts';

export type ProbeMetrics = {
  connectionFailures: Counter<'purpose' | 'reason'>;
  blind: Gauge;
  blindSeconds: Counter;
  pings: Counter<'outcome'>;
  pingSeconds: Histogram;
  pingsInFlight: Gauge;
  signalsDropped: Counter;
};

/** The metrics of the probe, all at zero. No label ever names a guest. */
export function createProbeMetrics(metrics: Metrics): ProbeMetrics {
  return {
    connectionFailures: metrics.counter({
      name: 'vmha_libvirt_reconnects_total',
      help: 'Connections to libvirtd that were lost or could not be made, each followed by another attempt.',
      labels: { purpose: ['events', 'pings'], reason: linkFailures },
    }),
    blind: metrics.gauge({
      name: 'vmha_libvirt_blind',
      help: '1 while the guests of this host cannot be seen, 0 while they can.',
    }),
    blindSeconds: metrics.counter({
      name: 'vmha_libvirt_blind_seconds_total',
      help: 'Time in which the guests of this host could not be seen.',
    }),
    pings: metrics.counter({
      name: 'vmha_libvirt_pings_total',
      help: 'Agent pings by what they saw.',
      labels: { outcome: pingOutcomes },
    }),
    pingSeconds: metrics.histogram({
      name: 'vmha_libvirt_ping_seconds',
      help: 'Time from asking a guest agent to its answer, for those that answered.',
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    pingsInFlight: metrics.gauge({
      name: 'vmha_libvirt_pings_in_flight',
      help: 'Agent pings that libvirtd is working on for this monitor.',
    }),
    signalsDropped: metrics.counter({
      name: 'vmha_libvirt_signals_dropped_total',
      help: 'Signals dropped because their consumer lagged behind; a fresh listing followed.',
    }),
  };
}
