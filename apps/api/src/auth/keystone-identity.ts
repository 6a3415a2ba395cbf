import { type Config, namesNobody } from '@instance-ha/config';
import {
  connectOpenStack,
  OpenStackError,
  type OpenStackSettings,
  readSettings,
  resolveSettings,
} from '@instance-ha/openstack';
import { RefusalError } from '../http/error-answer.ts';
import type { Authenticator } from './authenticator.ts';
import { keystoneValidator } from './keystone-validator.ts';
import type { Identity, IdentityOptions } from './open-identity.ts';
import { passwordLogin } from './password-login.ts';

/** A request waits so long for Nova. */
const novaTimeoutMs = 10_000;

/** Who callers are by Keystone; our `own` tokens are good beside its. */
export function openKeystoneIdentity(options: IdentityOptions, own: Authenticator): Identity {
  const { config, environment, clock, log, metrics, stop, signal } = options;
  const { wwwAuthenticateUri, tokenCacheMs } = config.keystoneAuthtoken;
  const settings = settingsOf(config, environment);
  const openstack = connectOpenStack({ settings, clock, log, metrics });
  stop.add('openstack', () => openstack.close());
  const keystone = openstack.createTokenValidator({ ttlMs: tokenCacheMs });
  return {
    validator: keystoneValidator({ keystone, own, uri: wwwAuthenticateUri ?? settings.authUrl, log, signal }),
    logIn: passwordLogin({ openstack, log, signal }),
    isComputeHost: async name => {
      try {
        const bounds = { timeoutMs: novaTimeoutMs, signal };
        return (await openstack.nova.listComputeServices(name, bounds)).length > 0;
      } catch (error) {
        if (!OpenStackError.isInstance(error)) throw error;
        log.warn({ error, host: name }, 'Nova cannot be asked for the compute service of a host');
        throw new RefusalError({
          code: 'unavailable',
          message: 'Nova cannot be asked now whether it has a compute service on this host; try again',
          retryAfterSeconds: 1,
        });
      }
    },
  };
}

/** As `[keystone_authtoken]` says; where that names nobody, as the workers of the same cloud. */
function settingsOf(
  { keystoneAuthtoken: given, openstack }: Config,
  environment: Readonly<Record<string, string | undefined>>,
): OpenStackSettings {
  if (namesNobody(given))
    return readSettings({
      openstack,
      environment,
      because: '[api] auth_strategy = keystone, with nobody named in [keystone_authtoken],',
    });
  const byPassword = given.authType === 'password';
  const resolved = resolveSettings({
    options: defined({
      authUrl: given.authUrl,
      authType: given.authType,
      ...(byPassword
        ? {
            username: given.username,
            userDomainName: given.userDomainName,
            password: given.password,
            projectName: given.projectName,
            projectDomainName: given.projectDomainName,
          }
        : {
            applicationCredentialId: given.applicationCredentialId,
            applicationCredentialSecret: given.applicationCredentialSecret,
          }),
      region: given.regionName,
      interface: given.interface,
      caFile: given.caFile,
      insecure: String(given.insecure),
    }),
  });
  if (resolved.ok) return resolved.settings;
  throw new Error(`[keystone_authtoken] cannot be used: ${resolved.errors.join('; ')}`);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const defined = <T extends object>(values: T): Defined<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
