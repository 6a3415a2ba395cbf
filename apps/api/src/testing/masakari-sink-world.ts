import { toMasakariDemand, toMasakariTime } from '@instance-ha/notification';
import { connectOpenStack, createMasakariSink, resolveSettings } from '@instance-ha/openstack';
import { type FakeOpenStack, fakeAdmin } from '@instance-ha/openstack/fake-nova';
import type { NotificationSinkWorld } from '@instance-ha/ports/conformance';
import { systemClock } from '@instance-ha/runtime';
import { createLogger } from '@instance-ha/telemetry';

type Row = Record<string, unknown>;

/** The sink into the Masakari of a cloud, be it ours or OpenStack's, for the suite of sinks. `rows`: all it keeps, oldest first. */
export function masakariSinkWorld(options: {
  cloud: FakeOpenStack;
  rows: () => Promise<Row[]>;
  setAway: (away: boolean) => Promise<void>;
}): NotificationSinkWorld & { close(): Promise<void> } {
  const log = createLogger({ service: 'test', level: 'silent', format: 'json' });
  const resolved = resolveSettings({
    options: {
      authUrl: options.cloud.authUrl,
      username: fakeAdmin.name,
      password: fakeAdmin.password,
      projectName: 'admin',
      userDomainName: 'Default',
      projectDomainName: 'Default',
    },
  });
  if (!resolved.ok) throw new Error(resolved.errors.join());
  const openstack = connectOpenStack({ settings: resolved.settings, clock: systemClock, log });
  return {
    sink: createMasakariSink({ masakari: openstack.masakari, log }),
    stored: async () =>
      (await options.rows()).map(({ type, generated_time, payload }) => ({ type, generated_time, payload })),
    asKept: ({ detectedAt, payload }) => ({
      type: 'VM',
      generated_time: toMasakariTime(detectedAt),
      payload: toMasakariDemand(payload),
    }),
    repetitionWindowMs: 180_000,
    setAway: options.setAway,
    secret: fakeAdmin.password,
    close: () => openstack.close(),
  };
}
