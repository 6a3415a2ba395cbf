import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  connectOpenStack,
  namesCloud,
  type OpenStack,
  type OpenStackSettings,
  type ResolvedSettings,
  settingsFromConfig,
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
  const environment: Readonly<Record<string, string | undefined>> = {
    ...context.world.env,
    ...(named.cloud === undefined ? {} : { OS_CLOUD: named.cloud }),
  };
  const { openstack } = await context.config();
  if (!namesCloud(openstack, environment)) return undefined;
  const cloudsFile = openstack.cloudsFile ?? (environment.OS_CLOUD ? findCloudsFile(environment) : undefined);
  const told = openstack.authUrl ?? environment.OS_AUTH_URL;
  if (environment.OS_CLOUD && cloudsFile === undefined && told === undefined)
    return {
      ok: false,
      errors: [`the cloud "${environment.OS_CLOUD}" is named and no clouds.yaml was found that has it`],
    };
  const cloud = named.cloud ?? openstack.cloud;
  return settingsFromConfig({ ...openstack, cloudsFile, cloud }, environment);
}

export const connectCloud = (settings: OpenStackSettings): OpenStack =>
  connectOpenStack({ settings, clock: systemClock, log: silentLogger, limits: { calls: callLimits } });

/** Where OpenStack's own clients look, in their order. */
function findCloudsFile(environment: Readonly<Record<string, string | undefined>>): string | undefined {
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
