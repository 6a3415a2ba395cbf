import { randomBytes, randomUUID } from 'node:crypto';
import { FakeFault } from './cloud.ts';

/** `system`: their tokens are for the whole system and not for a project. */
export type FakeUser = { id: string; name: string; password: string; roles: string[]; system?: boolean };
export type FakeCredential = { id: string; name: string; secret: string; userId: string };
/** A service in the catalogue besides Nova. */
export type FakeEndpoint = { type: string; name: string; url: string };
type Token = { user: FakeUser; issuedAtMs: number; expiresAtMs: number };

export type FakeKeystoneOptions = {
  users?: readonly FakeUser[];
  credentials?: readonly FakeCredential[];
  /** Default 3 600 000. */
  tokenLifetimeMs?: number;
  region?: string;
  /** Default `admin-project`. */
  projectId?: string;
};

export const fakeAdmin: FakeUser = { id: 'admin-id', name: 'admin', password: 'secret', roles: ['admin'] };
const project = { name: 'admin', domain: { id: 'default', name: 'Default' } };

type LoginBody = {
  auth?: {
    identity?: {
      methods?: string[];
      password?: { user?: { id?: string; name?: string; password?: string; domain?: object } };
      application_credential?: { id?: string; secret?: string };
    };
    scope?: object;
  };
};

/** The part of Keystone that gives and knows tokens. */
export class FakeKeystone {
  readonly #users: FakeUser[];
  readonly #credentials: readonly FakeCredential[];
  readonly #options: FakeKeystoneOptions;
  readonly #tokens = new Map<string, Token>();
  /** How often somebody tried to log in, and how often a token was asked for. */
  logins = 0;
  validations = 0;
  tokenLifetimeMs: number;
  /** Other services of the catalogue. */
  endpoints: FakeEndpoint[] = [];

  constructor(options: FakeKeystoneOptions = {}) {
    this.#options = options;
    this.#users = [...(options.users ?? [fakeAdmin])];
    this.#credentials = options.credentials ?? [];
    this.tokenLifetimeMs = options.tokenLifetimeMs ?? 3_600_000;
  }

  /** Every token is void from now on. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** A token of this user, past the API. */
  issueTo(user: FakeUser, lifetimeMs = this.tokenLifetimeMs): string {
    const token = `gAAAAAB${randomBytes(24).toString('base64url')}`;
    const issuedAtMs = Date.now();
    this.#tokens.set(token, { user, issuedAtMs, expiresAtMs: issuedAtMs + lifetimeMs });
    return token;
  }

  userOf(token: string | undefined): FakeUser | undefined {
    const found = this.#tokens.get(token ?? '');
    return found && Date.now() < found.expiresAtMs ? found.user : undefined;
  }

  /** What clients read before they log in. */
  describeVersion(url: string): object {
    const links = [{ rel: 'self', href: `${url}/` }];
    return {
      version: { id: 'v3.14', status: 'stable', updated: '2020-04-07T00:00:00Z', links, 'media-types': [] },
    };
  }

  login(body: LoginBody, computeUrl: string): { token: string; answer: object } {
    this.logins += 1;
    const user = this.#authenticate(body);
    if (!user) throw new FakeFault(401, 'error', 'The request you have made requires authentication.');
    const token = this.issueTo(user);
    return { token, answer: { token: { ...this.#describe(token), catalog: this.#catalogue(computeUrl) } } };
  }

  validate(subject: string | undefined): object {
    this.validations += 1;
    if (!this.userOf(subject)) throw new FakeFault(404, 'error', 'Could not find token: (hidden).');
    return { token: this.#describe(subject ?? '') };
  }

  #authenticate({ auth }: LoginBody): FakeUser | undefined {
    const { methods = [], password, application_credential: credential } = auth?.identity ?? {};
    if (methods.includes('application_credential')) {
      const found = this.#credentials.find(
        one => one.id === credential?.id && one.secret === credential.secret,
      );
      return this.#users.find(({ id }) => id === found?.userId);
    }
    const told = password?.user;
    if (told?.name !== undefined && !told.domain)
      throw new FakeFault(400, 'error', 'Expecting to find domain in user.');
    return this.#users.find(
      one => (one.id === told?.id || one.name === told?.name) && one.password === told.password,
    );
  }

  #describe(token: string): object {
    const { user, issuedAtMs, expiresAtMs } = this.#tokens.get(token) as Token;
    return {
      methods: ['password'],
      user: {
        id: user.id,
        name: user.name,
        domain: { id: 'default', name: 'Default' },
        password_expires_at: null,
      },
      ...(user.system === true
        ? { system: { all: true } }
        : { project: { id: this.#options.projectId ?? 'admin-project', ...project } }),
      roles: user.roles.map(name => ({ id: `role-${name}`, name })),
      is_domain: false,
      audit_ids: [randomUUID()],
      issued_at: new Date(issuedAtMs).toISOString(),
      expires_at: new Date(expiresAtMs).toISOString(),
    };
  }

  #catalogue(computeUrl: string): object[] {
    const region = this.#options.region ?? 'RegionOne';
    const services = [{ type: 'compute', name: 'nova', url: computeUrl }, ...this.endpoints];
    return services.map(({ type, name, url }) => ({
      id: randomUUID(),
      type,
      name,
      endpoints: ['public', 'internal', 'admin'].map(one => ({
        id: randomUUID(),
        interface: one,
        region,
        region_id: region,
        url,
      })),
    }));
  }
}
