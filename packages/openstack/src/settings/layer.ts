/** Each setting's name: ours, in `clouds.yaml`, in the environment. The order is of the messages. */
export const settingNames = {
  authUrl: { yaml: 'auth.auth_url', environment: 'OS_AUTH_URL' },
  authType: { yaml: 'auth_type', environment: 'OS_AUTH_TYPE' },
  username: { yaml: 'auth.username', environment: 'OS_USERNAME' },
  userId: { yaml: 'auth.user_id', environment: 'OS_USER_ID' },
  userDomainName: { yaml: 'auth.user_domain_name', environment: 'OS_USER_DOMAIN_NAME' },
  userDomainId: { yaml: 'auth.user_domain_id', environment: 'OS_USER_DOMAIN_ID' },
  password: { yaml: 'auth.password', environment: 'OS_PASSWORD' },
  applicationCredentialId: {
    yaml: 'auth.application_credential_id',
    environment: 'OS_APPLICATION_CREDENTIAL_ID',
  },
  applicationCredentialName: {
    yaml: 'auth.application_credential_name',
    environment: 'OS_APPLICATION_CREDENTIAL_NAME',
  },
  applicationCredentialSecret: {
    yaml: 'auth.application_credential_secret',
    environment: 'OS_APPLICATION_CREDENTIAL_SECRET',
  },
  projectName: { yaml: 'auth.project_name', environment: 'OS_PROJECT_NAME' },
  projectId: { yaml: 'auth.project_id', environment: 'OS_PROJECT_ID' },
  projectDomainName: { yaml: 'auth.project_domain_name', environment: 'OS_PROJECT_DOMAIN_NAME' },
  projectDomainId: { yaml: 'auth.project_domain_id', environment: 'OS_PROJECT_DOMAIN_ID' },
  systemScope: { yaml: 'auth.system_scope', environment: 'OS_SYSTEM_SCOPE' },
  region: { yaml: 'region_name', environment: 'OS_REGION_NAME' },
  interface: { yaml: 'interface', environment: 'OS_INTERFACE' },
  computeEndpoint: { yaml: 'compute_endpoint_override', environment: 'OS_COMPUTE_ENDPOINT_OVERRIDE' },
  masakariEndpoint: {
    yaml: 'instance_ha_endpoint_override',
    environment: 'OS_INSTANCE_HA_ENDPOINT_OVERRIDE',
  },
  caFile: { yaml: 'cacert', environment: 'OS_CACERT' },
  insecure: { yaml: 'verify: false', environment: 'OS_INSECURE' },
} as const;

export type SettingKey = keyof typeof settingNames;
export const settingKeys = Object.keys(settingNames) as readonly SettingKey[];

/** What one source says. Secrets are bare here, and nowhere later. */
export type Layer = { name: string; values: Partial<Record<SettingKey, string>> };

/** `publicURL`, as older files have it, is `public`. */
export const interfaceName = (text: string): string => text.replace(/URL$/, '');
