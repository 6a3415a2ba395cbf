import type { Credentials } from './api.ts';
import { loopback } from './configuration.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Whom a client of the lab can be. */
export const clientNames = ['admin', 'instance-ha', 'demo'] as const;
export type ClientName = (typeof clientNames)[number];

/** `admin` may everything; `instance-ha` is a service with the admin role in project service; `demo` is an ordinary member. */
export function credentialsOf(settings: Settings, secrets: Secrets, who: ClientName = 'admin'): Credentials {
  const project = { admin: 'admin', 'instance-ha': 'service', demo: 'demo' }[who];
  const password = { admin: secrets.admin, 'instance-ha': secrets.service, demo: secrets.demo }[who];
  return {
    authUrl: loopback(settings.ports.keystone, '/v3'),
    username: who,
    password,
    projectName: project,
    userDomainName: 'Default',
    projectDomainName: 'Default',
    regionName: settings.region,
  };
}

/**
 * clouds.yaml (https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html) with the clouds `oslab` (admin),
 * `oslab-instance-ha` and `oslab-demo`. Quoted as JSON strings, which YAML understands.
 */
export function cloudsYaml(settings: Settings, secrets: Secrets): string {
  const clouds = clientNames.map(who => {
    const it = credentialsOf(settings, secrets, who);
    return `  ${who === 'admin' ? 'oslab' : `oslab-${who}`}:
    auth:
      auth_url: ${JSON.stringify(it.authUrl)}
      username: ${JSON.stringify(it.username)}
      password: ${JSON.stringify(it.password)}
      project_name: ${JSON.stringify(it.projectName)}
      user_domain_name: ${JSON.stringify(it.userDomainName)}
      project_domain_name: ${JSON.stringify(it.projectDomainName)}
    region_name: ${JSON.stringify(it.regionName)}
    identity_api_version: "3"
    compute_api_version: "2.90"
`;
  });
  return `clouds:\n${clouds.join('')}`;
}

/** For a shell: `. openrc`; also readable as KEY=VALUE lines once `export ` is taken off. */
export function envFile(credentials: Credentials): string {
  const variables = {
    OS_AUTH_URL: credentials.authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_PROJECT_NAME: credentials.projectName,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_DOMAIN_NAME: credentials.projectDomainName,
    OS_REGION_NAME: credentials.regionName,
    OS_COMPUTE_API_VERSION: '2.90',
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}\n`)
    .join('');
}
