import { readFile } from 'node:fs/promises';
import { nativeContract, type RouteAccess, type Scope } from '@instance-ha/contracts';
import { listRoutes } from '@instance-ha/contracts/server';
import { compilePolicy, masakariRules, type Policy, type PolicyProblem } from '@instance-ha/policy';
import type { Caller } from './caller.ts';
import { credentialsOf } from './caller.ts';

/** Who may do what, with the operator's file over the defaults. */
export type AccessPolicy = {
  /** `projectId` is the one that the request speaks of; the caller's own when it speaks of none. */
  allows(rule: string, caller: Caller, projectId?: string): boolean;
  /** Whether the operator's file has a say in it. */
  isOverridden(rule: string): boolean;
};

/** The rule of a route of `/v2`, by its name in the contract: `instance_ha:pause:set`. */
export const nativeRule = (name: string): string => `instance_ha:${name.replaceAll('.', ':')}`;

const scopeRules: Readonly<Record<Scope, string>> = {
  admin: 'rule:admin_api',
  reader: 'rule:reader_api',
  monitor: 'rule:monitor_api',
};

/** Every rule there is, with its default: Masakari's, and one for each route of `/v2`, as its contract has it. */
export function defaultRules(): Record<string, string> {
  const native = listRoutes(nativeContract).map(({ name, access }) => [nativeRule(name), ruleFor(access)]);
  return { ...masakariRules, ...(Object.fromEntries(native) as Record<string, string>) };
}

const ruleFor = (access: RouteAccess['access']): string =>
  access === 'public' ? '@' : access.map(scope => scopeRules[scope]).join(' or ');

/**
 * Reads the operator's policy.yaml, if one is named. A file with a fault stops the start: the error names every fault with its
 * line.
 */
export async function loadAccessPolicy(
  file: string | undefined,
): Promise<{ policy: AccessPolicy; warnings: string[] }> {
  const text = file === undefined ? undefined : await readFile(file, 'utf8');
  const compiled = compilePolicy({ defaults: defaultRules(), file: text });
  const told = ({ line, message }: PolicyProblem): string => `${file}:${line}: ${message}`;
  if (!compiled.ok)
    throw new Error(`the policy file cannot be used:\n${compiled.errors.map(told).join('\n')}`);
  return { policy: accessPolicy(compiled.policy), warnings: compiled.warnings.map(told) };
}

function accessPolicy(policy: Policy): AccessPolicy {
  return {
    isOverridden: rule => policy.isOverridden(rule),
    allows: (rule, caller, projectId) => {
      const credentials = credentialsOf(caller);
      const target = { project_id: projectId ?? caller.projectId, user_id: caller.userId };
      const isAdmin = policy.allows('context_is_admin', credentials, target);
      return policy.allows(rule, { ...credentials, is_admin: isAdmin }, target);
    },
  };
}
