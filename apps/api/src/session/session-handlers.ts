import type { nativeContract, SessionAnswer, SignIn } from '@instance-ha/contracts';
import { nativeContract as contract } from '@instance-ha/contracts';
import { listRoutes, type RouterHandlers } from '@instance-ha/contracts/server';
import type { FastifyRequest } from 'fastify';
import { nativeRule } from '../auth/access-policy.ts';
import type { Caller } from '../auth/caller.ts';
import { FailureLimit } from '../auth/failure-limit.ts';
import type { Identity } from '../auth/open-identity.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { readSessionCookie, sessionCookie } from './session-cookie.ts';
import { type SealedSession, sealSession } from './session-seal.ts';
import { mustComeFromConsole, type SessionReader } from './session-token.ts';

export type SessionOptions = {
  context: ApiContext;
  identity: Pick<Identity, 'validator' | 'logIn'>;
  read: SessionReader;
  /** A session lasts so long at most. */
  timeoutMs: number;
  /** Failed sign-ins by password that one address may make in a minute. */
  failureLimit: number;
};

const nativeNames = listRoutes(contract).map(({ name }) => name);

/** `/v2/session`: how a browser gets a cookie for a token, and gives it back. */
export function sessionHandlers(options: SessionOptions): RouterHandlers<typeof nativeContract>['session'] {
  const { context, identity, read, timeoutMs } = options;
  const { clock, policy, keys, log, stores } = context;
  const failures = new FailureLimit(options.failureLimit);
  const ways: SessionAnswer['ways'] = identity.logIn ? ['password', 'token'] : ['token'];

  const recognise = async (token: string, request: FastifyRequest): Promise<Caller | undefined> => {
    const recognition = await identity.validator.recognise(token, request.ip);
    if (recognition.known) return recognition.caller;
    if (recognition.barredForMs !== null) throw barred(recognition.barredForMs);
    return undefined;
  };
  const told = (caller: Caller, { expiresAtMs }: SealedSession): SessionAnswer => ({
    ways,
    session: {
      name: caller.name,
      scope: caller.scope,
      may: nativeNames.filter(name => policy.allows(nativeRule(name), caller)),
      expiresAt: new Date(expiresAtMs).toISOString(),
    },
  });

  const audit = ({ userId, name, projectId }: Caller, action: string, request: FastifyRequest) =>
    stores.audit.append({
      action,
      outcome: 'success',
      initiator: { id: userId, name, project: projectId },
      target: { type: 'session', id: null, name },
      reason: null,
      requestId: request.id,
      changes: [],
    });

  return {
    show: async ({ request }) => {
      const session = read(request);
      const caller = session && (await recognise(session.token, request));
      return { status: 200, body: session && caller ? told(caller, session) : { ways, session: null } };
    },

    signIn: async ({ body, request, reply }) => {
      mustComeFromConsole(request);
      const latestMs = clock.wallMs() + timeoutMs;
      const found =
        body.way === 'token'
          ? { token: body.token.trim(), expiresAtMs: latestMs }
          : await byPassword(body, request);
      const caller = await recognise(found.token, request);
      if (!caller) throw unknown('the token is not known here');
      if (caller.host !== null)
        throw new RefusalError({
          code: 'forbidden',
          message: `the token ${caller.name} is a monitor's, which can only file and report`,
        });
      const session = { token: found.token, expiresAtMs: Math.min(found.expiresAtMs, latestMs) };
      const cookie = sealSession(keys, session);
      await audit(caller, 'sign-in', request);
      reply.header('set-cookie', sessionCookie(request, cookie, session.expiresAtMs - clock.wallMs()));
      log.info({ name: caller.name, way: body.way, requestId: request.id }, 'somebody signed in');
      return { status: 200, body: told(caller, session) };
    },

    signOut: async ({ request, reply }) => {
      if (readSessionCookie(request) !== undefined) mustComeFromConsole(request);
      const session = read(request);
      // Whoever wants to go goes, also while the database or Keystone is away.
      const caller = session && (await recognise(session.token, request).catch(() => undefined));
      if (caller)
        await audit(caller, 'sign-out', request).catch((error: unknown) =>
          log.warn({ name: caller.name, error }, 'a sign-out could not be written to the audit'),
        );
      reply.header('set-cookie', sessionCookie(request, '', 0));
      return { status: 204, body: undefined };
    },
  };

  async function byPassword(
    words: Extract<SignIn, { way: 'password' }>,
    request: FastifyRequest,
  ): Promise<SealedSession> {
    if (!identity.logIn)
      throw new RefusalError({ code: 'invalid-request', message: 'here one signs in with a token' });
    const barredForMs = failures.barredForMs(request.ip, clock.monotonicMs());
    if (barredForMs !== null) throw barred(barredForMs);
    const login = await identity.logIn(words);
    if (login) return login;
    failures.count(request.ip, clock.monotonicMs());
    throw unknown('Keystone does not know this user with this password in this project');
  }
}

const unknown = (message: string): RefusalError => new RefusalError({ code: 'unauthenticated', message });

const barred = (forMs: number): RefusalError =>
  new RefusalError({
    code: 'too-many-requests',
    message: 'too many failed sign-ins came from this address',
    retryAfterSeconds: Math.ceil(forMs / 1000),
  });
