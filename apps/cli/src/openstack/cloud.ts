import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import {
  connectOpenStack,
  type OpenStack,
  OpenStackError,
  type OpenStackSettings,
  type ResolvedSettings,
  readSettings,
} from '@instance-ha/openstack';
import type { Logger } from '@instance-ha/ports';
import { systemClock } from '@instance-ha/runtime';
import type { CliContext } from '../context.ts';

/** A command that waits for an answer is watched by somebody: it gives up sooner than a service does. */
const callLimits = { attemptTimeoutMs: 8000, attemptLimit: 2, retryMs: 200 };

/**
 * The cloud that `[openstack]` of the configuration, a clouds.yaml (`cloud`, else `OS_CLOUD`) or `OS_*` name; undefined where
 * nothing names one.
 */
export async function cloudSettings(
  context: CliContext,
  named: { cloud?: string } = {},
): Promise<ResolvedSettings | undefined> {
  const environment: Environment = {
    ...context.world.env,
    ...(named.cloud === undefined ? {} : { OS_CLOUD: named.cloud }),
  };
  const configured = (await context.config()).openstack;
  const openstack = named.cloud === undefined ? configured : cloudsFileOnly(configured);
  if (!namesCloud(openstack, environment)) return undefined;
  const cloudsFile = openstack.cloudsFile ?? (environment.OS_CLOUD ? findCloudsFile(environment) : undefined);
  const told = openstack.authUrl ?? environment.OS_AUTH_URL;
  if (environment.OS_CLOUD && cloudsFile === undefined && told === undefined)
    return {
      ok: false,
      errors: [`the cloud "${environment.OS_CLOUD}" is named and no clouds.yaml was found that has it`],
    };
  const cloud = named.cloud ?? openstack.cloud;
  return resolved({ ...openstack, cloudsFile, cloud }, environment);
}

/** A cloud that was named by hand is that one, whatever else `[openstack]` says of another. */
const cloudsFileOnly = (openstack: Config['openstack']): Config['openstack'] => {
  const unset: Partial<Config['openstack']> = Object.fromEntries(
    Object.keys(openstack).map(key => [key, undefined]),
  );
  return { ...openstack, ...unset, insecure: false, cloudsFile: openstack.cloudsFile };
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether anything names a cloud at all. */
const namesCloud = (openstack: Config['openstack'], environment: Environment): boolean =>
  [openstack.authUrl, openstack.cloudsFile, environment.OS_AUTH_URL, environment.OS_CLOUD].some(Boolean);

/** What is missing is a finding of a command, and no failure. */
function resolved(openstack: Config['openstack'], environment: Environment): ResolvedSettings {
  try {
    return { ok: true, settings: readSettings({ openstack, environment, because: 'this command' }) };
  } catch (error) {
    if (!OpenStackError.isInstance(error)) throw error;
    return { ok: false, errors: [error.message] };
  }
}

export const connectCloud = (settings: OpenStackSettings): OpenStack =>
  connectOpenStack({ settings, clock: systemClock, log: silentLogger, limits: { calls: callLimits } });

/** Where OpenStack's own clients look, in their order. */
function findCloudsFile(environment: Environment): string | undefined {
  const named = environment.OS_CLIENT_CONFIG_FILE;
  if (named) return named;
  const home = environment.HOME ?? homedir();
  return ['clouds.yaml', join(home, '.config/openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'].find(
    file => existsSync(file),
  );
}

/** What goes wrong is told by the command's own words. */
const silentLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => silentLogger,
};
