import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createApiActions,
  createApiConfigurationSource,
  createApiRecordings,
  createApiReporter,
  createApiSink,
} from '@instance-ha/api-client';
import type { Config } from '@instance-ha/config';
import { type TellingRule, tellWhatStands } from '@instance-ha/patrol';
import type {
  ActionSource,
  Clock,
  ConfigurationSource,
  GuestReporter,
  Logger,
  Metrics,
  NotificationSink,
  RecordingSink,
} from '@instance-ha/ports';

/** Where what the monitor finds goes, by `[monitor] sink`. */
export type Outlet = {
  sink: NotificationSink;
  reporter: GuestReporter;
  /** Who keeps what was seen; undefined: nobody does. */
  recordings: RecordingSink | undefined;
  /** What is asked of this monitor; undefined: there is nobody who asks. */
  actions: ActionSource | undefined;
  /** Who pushes a configuration; undefined: there is nobody who does. */
  configuration: ConfigurationSource | undefined;
  /** Undefined: every notification is told, for whoever takes it looks at the guest before it acts. */
  telling: TellingRule | undefined;
  /** For the log. */
  to: string;
  close(): Promise<void>;
};

export type OutletOptions = {
  version: string;
  config: () => Config;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
};

/** Opens it; connects nothing yet. Rejects with what is missing in the settings of the cloud. */
export async function openOutlet(options: OutletOptions): Promise<Outlet> {
  switch (options.config().monitor.sink) {
    case 'instance-ha':
      return toOurApi(options);
    case 'masakari':
      return toMasakari(options);
  }
}

function toOurApi({ config, version, log }: OutletOptions): Outlet {
  const { apiUrl } = config().monitor;
  const { host } = config().general;
  const api = {
    baseUrl: apiUrl,
    token: () => readToken(config(), log),
    log: log.child({ part: 'api-client' }),
    timeoutMs: 10_000,
  };
  return {
    sink: createApiSink(api),
    reporter: createApiReporter(api),
    recordings: createApiRecordings(api, { host }),
    actions: createApiActions(api, { host }),
    configuration: createApiConfigurationSource(api, { service: 'monitor', name: host, host, version }),
    telling: undefined,
    to: apiUrl,
    close: async () => {},
  };
}

async function toMasakari({ config, environment, clock, log, metrics }: OutletOptions): Promise<Outlet> {
  // Loaded only here: a monitor that never speaks to OpenStack need not hold it in memory.
  const { connectOpenStack, createMasakariSink, readSettings } = await import('@instance-ha/openstack');
  const { openstack, monitor } = config();
  const read = readSettings({ openstack, environment, because: '[monitor] sink = masakari' });
  const settings = { ...read, masakariEndpoint: monitor.masakariEndpoint ?? read.masakariEndpoint };
  const part = log.child({ part: 'masakari' });
  const cloud = connectOpenStack({ settings, clock, log: part, metrics });
  log.warn(
    {},
    'notifications go to Masakari: guests are not reported to anybody, and whether they come back is not waited for',
  );
  return {
    sink: createMasakariSink({ masakari: cloud.masakari, log: part }),
    reporter: { report: async () => true },
    recordings: undefined,
    actions: undefined,
    configuration: undefined,
    telling: tellWhatStands(() => ({ broughtBackWaitMs: config().instanceFailure.heartbeatWaitMs })),
    to: settings.masakariEndpoint ?? `instance-ha in the catalogue of ${settings.authUrl}`,
    close: () => cloud.close(),
  };
}

/** Reads the token at each use: it may be made after the monitor starts, and be replaced while it runs. */
async function readToken(config: Config, log: Logger): Promise<string> {
  const file =
    config.monitor.apiTokenFile ?? join(config.api.tokensPath, `monitor-${config.general.host}.token`);
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    log.debug({ file, error }, 'the token of the API cannot be read');
    return '';
  }
}
