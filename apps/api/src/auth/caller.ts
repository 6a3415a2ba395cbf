import type { Scope } from '@instance-ha/contracts';
import type { Credentials } from '@instance-ha/policy';
import type { TokenIdentity } from '@instance-ha/ports';

/**
 * Who asks, whatever kind of token told us. `scope` is what our own routes go by, `roles` and the rest is what policy
 * rules go by. A `host` is set where the token may only speak for one.
 */
export type Caller = {
  name: string;
  scope: Scope;
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

/** As policy rules see the caller: the fields of oslo.context's `to_policy_values`. */
export const credentialsOf = (caller: Caller): Credentials => ({
  roles: caller.roles,
  user_id: caller.userId,
  user_name: caller.name,
  project_id: caller.projectId,
  tenant: caller.projectId,
  system_scope: caller.systemScope,
});
