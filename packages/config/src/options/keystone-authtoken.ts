import { optionsOf } from '../catalogue/option.ts';
import {
  absolutePath,
  boolean,
  choice,
  optional,
  seconds,
  secret,
  text,
  url,
} from '../catalogue/value-types.ts';

const option = optionsOf('keystone_authtoken');

/** A wrong one is not shown: it may be a URL with a password. */
const name = () => ({
  ...optional(
    text({ pattern: /^(?!.*:\/\/)\S.{0,254}$/, expects: 'a name of at most 255 characters, and no URL' }),
  ),
  hidesWrong: true,
});
const keystoneUrl = () =>
  optional(
    url({
      schemes: ['http', 'https'],
      expects: 'a URL like https://keystone.example.org:5000/v3',
      without: 'credentials',
    }),
  );

/**
 * `[keystone_authtoken]`: as whom the API asks Keystone whose token it was sent, under `auth_strategy = keystone`. Names and
 * meanings are keystonemiddleware's. Where it names nobody, `[openstack]` is taken.
 */
export const keystoneAuthtokenOptions = {
  authUrl: option({
    name: 'auth_url',
    type: keystoneUrl(),
    description:
      'Where the API itself finds Keystone, under auth_strategy = keystone; /v3 is added when it is missing. Left empty as ' +
      'all that says as whom the API asks, which is the default, [openstack] says it, with its region, interface and cafile.',
    reloadable: false,
    services: ['api'],
  }),
  wwwAuthenticateUri: option({
    name: 'www_authenticate_uri',
    type: keystoneUrl(),
    description:
      'Where clients find Keystone: told in the WWW-Authenticate of every 401. Left empty, which is the default, it is auth_url.',
    aliases: [{ group: 'keystone_authtoken', name: 'auth_uri' }],
    reloadable: false,
    services: ['api'],
  }),
  authType: option({
    name: 'auth_type',
    type: choice({
      password: 'password',
      v3password: 'password',
      v3applicationcredential: 'v3applicationcredential',
    }),
    default: 'password',
    description:
      'How the API proves itself to Keystone: password with username and project_name, or v3applicationcredential with ' +
      'application_credential_id and its secret. The default is what OpenStack services are usually given.',
    reloadable: false,
    services: ['api'],
  }),
  username: option({
    name: 'username',
    type: name(),
    description:
      'User as whom the API asks. It needs a role that may validate tokens in Keystone and list compute services in Nova: by ' +
      'their default policies that is admin. Without a default.',
    reloadable: false,
    services: ['api'],
  }),
  userDomainName: option({
    name: 'user_domain_name',
    type: name(),
    default: 'Default',
    description: 'Domain of that user. The default is the domain that Keystone makes at its bootstrap.',
    reloadable: false,
    services: ['api'],
  }),
  password: option({
    name: 'password',
    type: optional(secret(text({ pattern: /^[^\n]{1,1024}$/, expects: 'a password of one line' }))),
    description: 'Password of that user. Without a default. Write $$ for each $ in it.',
    reloadable: false,
    services: ['api'],
  }),
  projectName: option({
    name: 'project_name',
    type: name(),
    default: 'service',
    description:
      'Project in which that user has the role. The default is the usual one of OpenStack services.',
    reloadable: false,
    services: ['api'],
  }),
  projectDomainName: option({
    name: 'project_domain_name',
    type: name(),
    default: 'Default',
    description: 'Domain of that project. The default is the domain that Keystone makes at its bootstrap.',
    reloadable: false,
    services: ['api'],
  }),
  applicationCredentialId: option({
    name: 'application_credential_id',
    type: name(),
    description:
      'Id of the application credential, for auth_type = v3applicationcredential. Without a default.',
    reloadable: false,
    services: ['api'],
  }),
  applicationCredentialSecret: option({
    name: 'application_credential_secret',
    type: optional(secret(text({ pattern: /^[^\n]{1,1024}$/, expects: 'a secret of one line' }))),
    description: 'Secret of that application credential. Without a default. Write $$ for each $ in it.',
    reloadable: false,
    services: ['api'],
  }),
  regionName: option({
    name: 'region_name',
    type: name(),
    description:
      'Region whose Nova is asked for compute services. Left empty, which is the default, the catalogue must have a single one.',
    reloadable: false,
    services: ['api'],
  }),
  interface: option({
    name: 'interface',
    type: choice({ internal: 'internal', public: 'public', admin: 'admin' }),
    default: 'internal',
    description:
      'Interface of the endpoints in the catalogue that are called. The default is that of keystonemiddleware: services talk ' +
      'among themselves.',
    reloadable: false,
    services: ['api'],
  }),
  caFile: option({
    name: 'cafile',
    type: optional(absolutePath()),
    description:
      'PEM file with the certificates to trust. Left empty, which is the default, those of the system are trusted.',
    reloadable: false,
    services: ['api'],
  }),
  insecure: option({
    name: 'insecure',
    type: boolean(),
    default: 'False',
    description:
      'Whether the certificate of Keystone is believed unseen. With True whoever stands between can say whose token it is; the ' +
      'default never does.',
    reloadable: false,
    services: ['api'],
  }),
  tokenCacheMs: option({
    name: 'token_cache_time',
    type: seconds({ min: 0, max: 3600 }),
    default: '60',
    description:
      'Seconds that an answer of Keystone about a token is believed: a token that is revoked works for so long still. The default ' +
      'is shorter than the 300 of keystonemiddleware, because one answer a minute costs nothing.',
    reloadable: false,
    services: ['api'],
  }),
};
