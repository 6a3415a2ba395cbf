import { readFileSync } from 'node:fs';
import type { Config } from '@instance-ha/config';
import { OpenStackError } from '../openstack-error.ts';
import { type OpenStackSettings, resolveSettings } from './settings.ts';

/**
 * The cloud that `[openstack]` names, with what it leaves open from its `clouds_file` and the environment (`OS_*`).
 * Throws `OpenStackError` `settings` with everything that is missing; `because` says who needs it.
 */
export function readSettings(options: {
  openstack: Config['openstack'];
  /** `process.env`. */
  environment: Readonly<Record<string, string | undefined>>;
  because: string;
}): OpenStackSettings {
  const { environment, because } = options;
  const { cloud, cloudsFile, insecure, ...values } = options.openstack;
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const resolved = resolveSettings({
    options: { ...given, ...(insecure ? { insecure: 'true' } : {}) },
    ...(cloudsFile === undefined
      ? {}
      : {
          cloudsYaml: { text: readClouds(cloudsFile, because), ...(cloud === undefined ? {} : { cloud }) },
        }),
    environment,
  });
  if (resolved.ok) return resolved.settings;
  throw unusable(because, resolved.errors.join('; '));
}

function readClouds(file: string, because: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(because, `clouds_file cannot be read: ${(error as Error).message}`);
  }
}

const unusable = (because: string, why: string): OpenStackError =>
  new OpenStackError({
    code: 'settings',
    message: `${because} needs to know its cloud by [openstack]: ${why}`,
    sent: false,
  });
