const reading = 'rule:admin_api or rule:reader_api';

/**
 * Masakari's rules with its defaults (masakari/policies at ae98f25), by its names, so that a policy.yaml written for it works
 * here. Two are wider: who has the role reader for the whole system may look, and monitors may file with the role monitor.
 *
 * The role reader alone is not enough: every member of every project has it.
 */
export const masakariRules: Readonly<Record<string, string>> = {
  context_is_admin: 'role:admin',
  admin_api: 'is_admin:True',
  admin_or_owner: 'is_admin:True or project_id:%(project_id)s',
  reader_api: 'role:reader and system_scope:all',
  monitor_api: 'role:monitor and system_scope:all',

  ...actions('segments', { index: reading, detail: reading }, ['create', 'update', 'delete']),
  ...actions('os-hosts', { index: reading, detail: reading }, ['create', 'update', 'delete']),
  ...actions('notifications', {
    index: reading,
    detail: reading,
    create: 'rule:admin_api or rule:monitor_api',
  }),
  ...actions('vmoves', { index: reading, detail: reading }),
  ...actions('extensions', { index: reading, detail: reading }),
  ...actions('versions', { index: '@', detail: '@' }),
};

function actions(
  resource: string,
  rules: Readonly<Record<string, string>>,
  forAdmins: readonly string[] = [],
): Record<string, string> {
  const all = {
    ...rules,
    ...Object.fromEntries(forAdmins.map(action => [action, 'rule:admin_api'])),
    discoverable: resource === 'versions' ? '@' : reading,
  };
  return Object.fromEntries(
    Object.entries(all).map(([action, rule]) => [`os_masakari_api:${resource}:${action}`, rule]),
  );
}
