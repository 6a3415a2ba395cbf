import type { Config } from '@instance-ha/config';
import type { Clock, Logger, TokenStore } from '@instance-ha/ports';
import { Authenticator } from './authenticator.ts';
import type { TokenValidator } from './token-validator.ts';

/** Opens what `[api] auth_strategy` asks for. A strategy that this build cannot carry out stops the start. */
export async function openTokenValidator(options: {
  config: Config;
  tokens: TokenStore;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): Promise<TokenValidator> {
  const { config, tokens, clock } = options;
  switch (config.api.authStrategy) {
    case 'token':
      return new Authenticator({ tokens, clock, failureLimit: config.api.authFailureLimit });
    case 'keystone':
      throw new Error(
        '[api] auth_strategy = keystone: this version cannot ask Keystone yet; expected token, found keystone',
      );
  }
}
