import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type OpenStackSettings, resolveSettings, type SettingsSources } from './settings.ts';

const environment = {
  OS_AUTH_URL: 'http://keystone:5000/v3/',
  OS_USERNAME: 'instance-ha',
  OS_PASSWORD: 'hunter2',
  OS_USER_DOMAIN_NAME: 'Default',
  OS_PROJECT_NAME: 'service',
  OS_PROJECT_DOMAIN_NAME: 'Default',
  OS_REGION_NAME: 'RegionOne',
};
const clouds = `
clouds:
  east:
    auth_type: v3applicationcredential
    auth:
      auth_url: https://east:5000
      application_credential_id: 4711
      application_credential_secret: hunter3
    region_name: East
    interface: internal
    cacert: /etc/ssl/east.pem
    verify: false
  west:
    auth:
      auth_url: https://west:5000/v3
      user_id: abc
      project_id: def
    endpoint_type: adminURL
`;

function settingsOf(sources: SettingsSources): OpenStackSettings {
  const resolved = resolveSettings(sources);
  if (!resolved.ok) throw new Error(resolved.errors.join('\n'));
  return resolved.settings;
}
function errorsOf(sources: SettingsSources): string[] {
  const resolved = resolveSettings(sources);
  return resolved.ok ? [] : resolved.errors;
}

describe('where settings come from', () => {
  it('the environment, as the OpenStack command line reads it', () => {
    expect(settingsOf({ environment })).toMatchObject({
      authUrl: 'http://keystone:5000/v3',
      auth: {
        method: 'password',
        user: { name: 'instance-ha', domain: { name: 'Default' } },
        scope: { project: { name: 'service', domain: { name: 'Default' } } },
      },
      region: 'RegionOne',
      interface: 'public',
      insecure: false,
    });
  });

  it('a cloud of clouds.yaml', () => {
    const settings = settingsOf({ cloudsYaml: { text: clouds, cloud: 'east' } });
    expect(settings).toMatchObject({
      authUrl: 'https://east:5000/v3',
      auth: { method: 'application-credential', credential: { id: '4711' } },
      region: 'East',
      interface: 'internal',
      caFile: '/etc/ssl/east.pem',
      insecure: true,
    });
    expect(settings.auth.method === 'application-credential' && settings.auth.secret.reveal()).toBe(
      'hunter3',
    );
  });

  it('secure.yaml over it, and the cloud that OS_CLOUD names', () => {
    const secureText = 'clouds:\n  west:\n    auth:\n      password: hunter4\n';
    const settings = settingsOf({
      cloudsYaml: { text: clouds, secureText },
      environment: { OS_CLOUD: 'west' },
    });
    expect(settings.auth).toMatchObject({ user: { id: 'abc' }, scope: { project: { id: 'def' } } });
    expect(settings.interface).toBe('admin');
    expect(settings.auth.method === 'password' && settings.auth.password.reveal()).toBe('hunter4');
  });

  it('options before clouds.yaml before the environment, key by key', () => {
    const settings = settingsOf({
      options: { region: 'Mine', password: 'hunter5' },
      cloudsYaml: { text: clouds, cloud: 'west' },
      environment,
    });
    expect([settings.region, settings.authUrl]).toEqual(['Mine', 'https://west:5000/v3']);
    expect(settings.auth.method === 'password' && settings.auth.password.reveal()).toBe('hunter5');
  });

  it('a token for the whole system has no project', () => {
    const settings = settingsOf({ environment: { ...environment, OS_SYSTEM_SCOPE: 'all' } });
    expect(settings.auth).toMatchObject({ scope: { system: 'all' } });
  });
});

describe('what is wrong with settings', () => {
  it('nothing at all: every key is named in all its places', () => {
    expect(errorsOf({})).toMatchInlineSnapshot(`
      [
        ""authUrl" (auth.auth_url in clouds.yaml, OS_AUTH_URL) is missing",
        ""username" (auth.username in clouds.yaml, OS_USERNAME) is missing",
        ""userDomainName" (auth.user_domain_name in clouds.yaml, OS_USER_DOMAIN_NAME) is missing",
        ""password" (auth.password in clouds.yaml, OS_PASSWORD) is missing, and so is an application credential",
        ""projectName" (auth.project_name in clouds.yaml, OS_PROJECT_NAME) is missing",
        ""projectDomainName" (auth.project_domain_name in clouds.yaml, OS_PROJECT_DOMAIN_NAME) is missing",
      ]
    `);
  });

  it.each<[string, SettingsSources, string]>([
    [
      'a cloud that is not there',
      { cloudsYaml: { text: clouds, cloud: 'north' } },
      'no cloud "north" under "clouds" (found: east, west)',
    ],
    ['no cloud named', { cloudsYaml: { text: clouds } }, 'no cloud of it is named'],
    ['no YAML', { cloudsYaml: { text: 'clouds: [', cloud: 'east' } }, 'clouds.yaml: not YAML'],
    [
      'a list for a text',
      { cloudsYaml: { text: 'clouds: {a: {region_name: [x]}}', cloud: 'a' } },
      'region_name: expected text, found a list',
    ],
    [
      'a vendor profile',
      { cloudsYaml: { text: 'clouds: {a: {profile: ovh}}', cloud: 'a' } },
      'profile: vendor profiles are not known here',
    ],
    [
      'an address that is none',
      { environment: { ...environment, OS_AUTH_URL: 'keystone:5000' } },
      '"authUrl" (auth.auth_url in clouds.yaml, OS_AUTH_URL): expected a URL of http or https',
    ],
    [
      'Keystone v2',
      { environment: { ...environment, OS_AUTH_URL: 'http://k:5000/v2.0' } },
      "expected Keystone's API v3",
    ],
    [
      'another interface',
      { environment: { ...environment, OS_INTERFACE: 'secret' } },
      'expected public, internal, admin, found "secret"',
    ],
    [
      'another method',
      { environment: { ...environment, OS_AUTH_TYPE: 'v3oidcpassword' } },
      'expected password or v3applicationcredential, found "v3oidcpassword"',
    ],
    [
      'a user without a domain',
      { environment: { ...environment, OS_USER_DOMAIN_NAME: '' } },
      '"userDomainName" (auth.user_domain_name in clouds.yaml, OS_USER_DOMAIN_NAME) is missing',
    ],
    [
      'two ways to log in',
      {
        environment: {
          ...environment,
          OS_APPLICATION_CREDENTIAL_ID: 'x',
          OS_APPLICATION_CREDENTIAL_SECRET: 'y',
        },
      },
      'both a password and an application credential',
    ],
    [
      'a password in the address',
      { environment: { ...environment, OS_AUTH_URL: 'http://a:hunter2@k/v3' } },
      'without user and password in it',
    ],
  ])('%s', (_name, sources, expected) => {
    const errors = errorsOf(sources).join('\n');
    expect(errors).toContain(expected);
    expect(errors).not.toContain('hunter');
  });
});

it('no secret is printed', () => {
  const settings = settingsOf({ environment });
  expect(JSON.stringify(settings) + inspect(settings, { depth: 9 })).not.toContain('hunter');
});
