import type { Config } from '@instance-ha/config';
import type { Clock, Logger, Metrics, TokenStore } from '@instance-ha/ports';
import type { StopStack } from '@instance-ha/runtime';
import { Authenticator } from './authenticator.ts';
import type { PasswordLogin } from './password-login.ts';
import type { TokenValidator } from './token-validator.ts';

/** What the service asks about its callers and the hosts they name. */
export type Identity = {
  validator: TokenValidator;
  /** Gets a token from Keystone for a user and password; absent where there is no Keystone. */
  logIn?: PasswordLogin | undefined;
  /** Whether Nova has a compute service on this host. Without Nova every name is taken. */
  isComputeHost: (name: string) => Promise<boolean>;
};

export type IdentityOptions = {
  config: Config;
  /** `process.env`: where `[openstack]` is taken, `OS_*` may complete it. */
  environment: Readonly<Record<string, string | undefined>>;
  tokens: TokenStore;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  stop: StopStack;
  signal: AbortSignal;
};

/** Opens what `[api] auth_strategy` asks for. Keystone itself is first asked when the first token comes. */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { config, tokens, clock } = options;
  const own = new Authenticator({ tokens, clock, failureLimit: config.api.authFailureLimit });
  if (config.api.authStrategy === 'token') return { validator: own, isComputeHost: async () => true };
  // Loaded only here: an API without Keystone need not hold the clients of a cloud in memory.
  const { openKeystoneIdentity } = await import('./keystone-identity.ts');
  return openKeystoneIdentity(options, own);
}
