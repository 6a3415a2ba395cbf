import { guestPhases } from '@instance-ha/guest-health';
import type { Clock, Logger, Metrics, MonitorRecord, MonitorStore } from '@instance-ha/ports';
import { isSilent } from '../native/monitors.ts';

const states = ['watching', 'starting', 'blind', 'silent'] as const;

/**
 * Who watches the watchmen: has the database note which monitors have fallen silent and which are back, so that of all
 * processes one tells it, once; keeps the gauges of monitors and guests.
 */
export function monitorWatch(options: {
  monitors: MonitorStore;
  silentAfterMs: () => number;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): () => Promise<void> {
  const { monitors, clock, log, metrics } = options;
  const monitorGauge = metrics.gauge({
    name: 'vmha_monitors',
    help: 'Monitors by state; a silent one has not reported for a while.',
    labels: { state: states },
  });
  const guestGauge = metrics.gauge({
    name: 'vmha_guests',
    help: 'Guests by what their monitor believes of them; those of silent monitors are not counted.',
    labels: { phase: guestPhases },
  });

  return async () => {
    const silentAfterMs = options.silentAfterMs();
    for (const { host, silent, lastSeenAt } of await monitors.noteSilence({ silentAfterMs })) {
      if (silent) log.warn({ host, lastSeenAt }, 'a monitor has fallen silent: its guests are not watched');
      else log.info({ host }, 'a monitor that was silent reports again');
    }
    const all = await monitors.list();
    const nowMs = clock.wallMs();
    const silent = new Set(all.filter(one => isSilent(one, nowMs, silentAfterMs)).map(({ host }) => host));
    for (const state of states)
      monitorGauge.set(all.filter(one => stateOf(one, silent) === state).length, { state });
    const heard = all.filter(({ host }) => !silent.has(host));
    for (const phase of guestPhases)
      guestGauge.set(
        heard.reduce((sum, { guestsByPhase }) => sum + (guestsByPhase[phase] ?? 0), 0),
        { phase },
      );
  };
}

const stateOf = (monitor: MonitorRecord, silent: ReadonlySet<string>): (typeof states)[number] =>
  silent.has(monitor.host) ? 'silent' : monitor.state;
