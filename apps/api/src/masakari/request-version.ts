import { chooseMicroversion, type Microversion } from '@instance-ha/contracts';
import { invalid } from './refusals.ts';

/** The microversion of a request; the hook before has refused what cannot be understood. */
export function versionOf(headers: { 'openstack-api-version'?: string | undefined }): Microversion {
  const choice = chooseMicroversion(headers['openstack-api-version']);
  if (!choice.ok) throw invalid(choice.message);
  return choice.version;
}
