import { readFileSync } from 'node:fs';
import type { Config } from '@instance-ha/config';
import { type ResolvedSettings, resolveSettings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which cloud `[openstack]` names, with the `OS_*` variables for what it leaves open. Reads `clouds_file`. */
export function settingsFromConfig(
  openstack: Config['openstack'],
  environment: Environment,
): ResolvedSettings {
  const { cloud, cloudsFile, insecure, ...options } = openstack;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const read = cloudsFile === undefined ? undefined : readClouds(cloudsFile);
  if (read?.ok === false) return read;
  return resolveSettings({
    options: { ...given, ...(insecure ? { insecure: 'true' } : {}) },
    ...(read ? { cloudsYaml: { text: read.text, ...(cloud === undefined ? {} : { cloud }) } } : {}),
    environment,
  });
}

/** Whether anything names a cloud at all. */
export const namesCloud = (openstack: Config['openstack'], environment: Environment): boolean =>
  [openstack.authUrl, openstack.cloudsFile, environment.OS_AUTH_URL, environment.OS_CLOUD].some(Boolean);

function readClouds(file: string): { ok: true; text: string } | { ok: false; errors: string[] } {
  try {
    return { ok: true, text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { ok: false, errors: [`clouds_file ${file} cannot be read: ${(error as Error).message}`] };
  }
}
