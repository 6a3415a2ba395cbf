import type { Scope } from '@instance-ha/contracts';
import type { TokenOwner } from '@instance-ha/openstack';
import type { Credentials } from '@instance-ha/policy';
import type { TokenIdentity } from '@instance-ha/ports';

/**
 * Who asks, whatever kind of token told us. Policy rules go by `roles` and the rest; `scope` says in our words what the
 * default rules let them do, null for nothing. A `host` is set where the token may only speak for one.
 */
export type Caller = {
  name: string;
  scope: Scope | null;
  host: string | null;
  userId: string | null;
  projectId: string | null;
  roles: readonly string[];
  /** `all` for a token that is good for the whole system. */
  systemScope: string | null;
};

/** Our own tokens belong to no project and are good for the whole system; their scope is their role. */
export const callerOf = ({ name, scope, host }: TokenIdentity): Caller => ({
  name,
  scope,
  host,
  userId: name,
  projectId: null,
  roles: scope === 'admin' ? ['admin', 'member', 'reader'] : [scope],
  systemScope: 'all',
});

/** By Keystone's roles. A reader or a monitor is one for the whole system: every member of every project has the role reader. */
export const callerOfOwner = (owner: TokenOwner): Caller => {
  const roles = owner.roles.map(role => role.toLowerCase());
  const inSystem = (role: Scope): boolean => owner.system && roles.includes(role);
  return {
    name: owner.userName,
    scope: roles.includes('admin')
      ? 'admin'
      : inSystem('reader')
        ? 'reader'
        : inSystem('monitor')
          ? 'monitor'
          : null,
    host: null,
    userId: owner.userId,
    projectId: owner.projectId,
    roles,
    systemScope: owner.system ? 'all' : null,
  };
};

/** As policy rules see the caller: the fields of oslo.context's `to_policy_values`. */
export const credentialsOf = (caller: Caller): Credentials => ({
  roles: caller.roles,
  user_id: caller.userId,
  user_name: caller.name,
  project_id: caller.projectId,
  tenant: caller.projectId,
  system_scope: caller.systemScope,
});
