import { guestPhases } from '@instance-ha/guest-health';
import type { Clock, Logger, Metrics, MonitorRecord, MonitorStore } from '@instance-ha/ports';
import type { ChangeHub } from '../live/change-hub.ts';
import { isSilent } from '../native/monitors.ts';

const states = ['watching', 'starting', 'blind', 'silent'] as const;

/**
 * Who watches the watchmen: looks through all monitors and tells, once, of each that has fallen silent and of each that is
 * back; keeps the gauges of monitors and guests.
 */
export function monitorWatch(options: {
  monitors: MonitorStore;
  hub: ChangeHub;
  silentAfterMs: number;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}): () => Promise<void> {
  const { monitors, hub, silentAfterMs, clock, log, metrics } = options;
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
  let silentBefore = new Set<string>();

  return async () => {
    const all = await monitors.list();
    const nowMs = clock.wallMs();
    const silent = new Set(all.filter(one => isSilent(one, nowMs, silentAfterMs)).map(({ host }) => host));
    const tell = (monitor: MonitorRecord, isSilentNow: boolean): void => {
      const { host, state, cause, session, lastSeenAt } = monitor;
      const data = { session, state, cause, silent: isSilentNow, lastSeenAt };
      hub.announce({ at: new Date(nowMs).toISOString(), kind: 'monitor', subject: host, data });
      if (isSilentNow)
        log.warn({ host, lastSeenAt }, 'a monitor has fallen silent: its guests are not watched');
      else log.info({ host }, 'a monitor that was silent reports again');
    };
    for (const monitor of all) {
      const now = silent.has(monitor.host);
      if (now !== silentBefore.has(monitor.host)) tell(monitor, now);
    }
    silentBefore = silent;
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
