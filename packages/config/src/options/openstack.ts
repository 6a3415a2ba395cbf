import { optionsOf } from '../catalogue/option.ts';
import { absolutePath, boolean, choice, optional, secret, text, url } from '../catalogue/value-types.ts';

const option = optionsOf('openstack');

/** No URL: one that was put here by mistake may hold a password. */
const words = (what: string) =>
  optional(
    text({ pattern: /^[^\n/:]{1,255}$/, expects: `${what} of 1 to 255 characters without "/" and ":"` }),
  );
const given = { reloadable: false, services: ['worker', 'api', 'monitor'] } as const;
const orElse = 'Left empty, which is the default, it is taken from clouds_file and then from the environment';

/** `[openstack]`: the cloud whose instances are recovered, and how to prove oneself to its Keystone. */
export const openstackOptions = {
  authUrl: option({
    name: 'auth_url',
    type: optional(url({ schemes: ['http', 'https'], expects: 'a URL like https://keystone:5000/v3' })),
    description: `Address of Keystone. ${orElse} (OS_AUTH_URL).`,
    ...given,
  }),
  username: option({
    name: 'username',
    type: words('a user name'),
    description:
      'The user as whom workers recover, for which it needs the admin role; as whom the API validates tokens, where ' +
      `[keystone_authtoken] is empty; and as whom a monitor with sink = masakari files. ${orElse} (OS_USERNAME).`,
    ...given,
  }),
  userDomainName: option({
    name: 'user_domain_name',
    type: words('a domain name'),
    description: `The domain of the user. ${orElse} (OS_USER_DOMAIN_NAME).`,
    ...given,
  }),
  password: option({
    name: 'password',
    type: optional(secret(text({ pattern: /^[^\n]{1,4096}$/, expects: 'a password on one line' }))),
    description: `The password of the user. ${orElse} (OS_PASSWORD). Write $$ for each $ in it.`,
    ...given,
  }),
  projectName: option({
    name: 'project_name',
    type: words('a project name'),
    description: `The project that the user acts in. ${orElse} (OS_PROJECT_NAME).`,
    ...given,
  }),
  projectDomainName: option({
    name: 'project_domain_name',
    type: words('a domain name'),
    description: `The domain of the project. ${orElse} (OS_PROJECT_DOMAIN_NAME).`,
    ...given,
  }),
  applicationCredentialId: option({
    name: 'application_credential_id',
    type: words('an id'),
    description: `An application credential, instead of user, password and project. ${orElse} (OS_APPLICATION_CREDENTIAL_ID).`,
    ...given,
  }),
  applicationCredentialSecret: option({
    name: 'application_credential_secret',
    type: optional(secret(text({ pattern: /^[^\n]{1,4096}$/, expects: 'a secret on one line' }))),
    description: `The secret of the application credential. ${orElse} (OS_APPLICATION_CREDENTIAL_SECRET).`,
    ...given,
  }),
  region: option({
    name: 'region_name',
    type: words('a region name'),
    description: `The region to work in; needed where the catalogue has several. ${orElse} (OS_REGION_NAME).`,
    aliases: [{ group: 'DEFAULT', name: 'os_region_name' }],
    ...given,
  }),
  interface: option({
    name: 'interface',
    type: optional(choice({ public: 'public', internal: 'internal', admin: 'admin' })),
    description: `Which endpoint of the catalogue is used, public if nothing is said. ${orElse} (OS_INTERFACE).`,
    ...given,
  }),
  computeEndpoint: option({
    name: 'compute_endpoint',
    type: optional(url({ schemes: ['http', 'https'], expects: 'a URL like https://nova:8774/v2.1' })),
    description: "Address of Nova, instead of the catalogue's, which is the default.",
    ...given,
  }),
  caFile: option({
    name: 'cafile',
    type: optional(absolutePath()),
    description: `A file of certificates to trust instead of the system's. ${orElse} (OS_CACERT).`,
    aliases: [{ group: 'DEFAULT', name: 'nova_ca_certificates_file' }],
    ...given,
  }),
  insecure: option({
    name: 'insecure',
    type: boolean(),
    default: 'False',
    description:
      'Trust any certificate. It lets anybody between here and the cloud read the password, hence the default.',
    aliases: [{ group: 'DEFAULT', name: 'nova_api_insecure' }],
    ...given,
  }),
  cloud: option({
    name: 'cloud',
    type: words('a name'),
    description: 'Which cloud of clouds_file is meant. Left empty, which is the default, OS_CLOUD names it.',
    ...given,
  }),
  cloudsFile: option({
    name: 'clouds_file',
    type: optional(absolutePath()),
    description: 'A clouds.yaml as the OpenStack clients read it. There is none by default.',
    ...given,
  }),
};
