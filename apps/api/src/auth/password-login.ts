import { Secret } from '@instance-ha/config';
import type { SignIn } from '@instance-ha/contracts';
import { type OpenStack, OpenStackError } from '@instance-ha/openstack';
import type { Logger } from '@instance-ha/ports';
import { RefusalError } from '../http/error-answer.ts';

type Words = Extract<SignIn, { way: 'password' }>;

/** A token of Keystone for a user's own words; undefined when Keystone does not believe them. */
export type PasswordLogin = (words: Words) => Promise<{ token: string; expiresAtMs: number } | undefined>;

const loginTimeoutMs = 10_000;

export function passwordLogin(options: {
  openstack: Pick<OpenStack, 'logIn'>;
  log: Logger;
  signal: AbortSignal;
}): PasswordLogin {
  const { openstack, log, signal } = options;
  return async words => {
    const { user, userDomain, password, project, projectDomain } = words;
    const domain = { name: userDomain };
    try {
      const { token, expiresAt } = await openstack.logIn(
        {
          method: 'password',
          user: { name: user, domain },
          password: new Secret(password),
          scope:
            project === undefined
              ? { system: 'all' }
              : { project: { name: project, domain: { name: projectDomain ?? userDomain } } },
        },
        { timeoutMs: loginTimeoutMs, signal },
      );
      return { token: token.reveal(), expiresAtMs: Date.parse(expiresAt) };
    } catch (error) {
      if (!OpenStackError.isInstance(error)) throw error;
      if (error.code === 'unauthorized') return undefined;
      log.warn({ error }, 'Keystone cannot be asked to sign somebody in');
      throw new RefusalError({
        code: 'unavailable',
        message: 'Keystone cannot be asked now; try again',
        retryAfterSeconds: 1,
      });
    }
  };
}
