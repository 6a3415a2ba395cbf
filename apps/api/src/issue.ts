import type { Config } from '@instance-ha/config';
import type { TokenIdentity } from '@instance-ha/ports';
import { StopStack, systemClock } from '@instance-ha/runtime';
import type { Telemetry } from '@instance-ha/telemetry';
import { firstTokens, issueToken, monitorToken } from './auth/token-files.ts';
import { openDatabase } from './database.ts';

export type IssueOptions = {
  config: Config;
  telemetry: Telemetry;
  signal: AbortSignal;
  /** `admin`, `reader` or `monitor-HOST`. */
  name: string;
  print: (text: string) => void;
};

/**
 * Makes a token, or another one in place of the one there is, beside a service that may run: that one takes it within
 * seconds. Tells the token's file and never the token.
 */
export async function issue(options: IssueOptions): Promise<0 | 1 | 64> {
  const { config, telemetry, signal, name, print } = options;
  const { log } = telemetry;
  const identity = identityOf(name, config.general.host);
  if (!identity) {
    print(`${name} is no token: expected admin, reader or monitor-HOST\n`);
    return 64;
  }
  const stop = new StopStack({ deadlineMs: config.general.shutdownTimeoutMs, log });
  try {
    const { stores } = await openDatabase({ config, clock: systemClock, log, stop, signal, owner: false });
    const file = await issueToken(identity, { folder: config.api.tokensPath, tokens: stores.tokens, log });
    print(`the token ${name} is in ${file}\n`);
    return 0;
  } catch (error) {
    log.fatal({ error }, 'the token could not be made');
    return 1;
  } finally {
    await stop.unwind();
  }
}

function identityOf(name: string, host: string): TokenIdentity | undefined {
  const monitored = /^monitor-([\w.-]{1,255})$/.exec(name)?.[1];
  if (monitored !== undefined) return monitorToken(monitored);
  return firstTokens(host).find(identity => identity.name === name);
}
