import type { GuestSignal } from '@instance-ha/guest-health';
import { type DomainRef, type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import { readProfile } from './profile.ts';

export type ProfileSignal = Extract<GuestSignal, { type: 'profile' }>;

/**
 * What came of reading one definition. `gone`: the domain went meanwhile. `unreadable`: this one guest could not be looked
 * at. `failed`: libvirtd could not be asked, so it would be the same for the next.
 */
export type Description =
  | { seen: 'profile'; signal: ProfileSignal }
  | { seen: 'gone' }
  | { seen: 'unreadable'; cause: string }
  | { seen: 'failed'; cause: string };

/** Definitions read at once. libvirtd stops to read a connection that has 5 calls under way. */
const maxReading = 2;

/** Reads definitions over one connection, a bounded number at once. */
export class Definitions {
  readonly #connection: LibvirtConnection;
  readonly #timeoutMs: number;
  readonly #nowMs: () => number;
  readonly #waiting: (() => void)[] = [];
  #reading = 0;
  #listing: Promise<ReadonlySet<string>> | undefined;
  #nextListing: Promise<ReadonlySet<string>> | undefined;

  constructor(options: { connection: LibvirtConnection; timeoutMs: number; nowMs: () => number }) {
    this.#connection = options.connection;
    this.#timeoutMs = options.timeoutMs;
    this.#nowMs = options.nowMs;
  }

  /** The running domains that are persistent, for `read` of many. Rejects with `LibvirtError`. */
  async listPersistent(): Promise<ReadonlySet<string>> {
    const filter = { active: true, persistent: true };
    const domains = await this.#connection.listDomains(filter, { timeoutMs: this.#timeoutMs });
    return new Set(domains.map(domain => domain.uuid));
  }

  /** `persistent` is asked for when it is not given. Rejects for nothing that libvirtd can do. */
  async read(domain: DomainRef, persistent?: ReadonlySet<string>): Promise<Description> {
    if (this.#reading >= maxReading) await new Promise<void>(resolve => this.#waiting.push(resolve));
    else this.#reading += 1;
    try {
      return await this.#read(domain, persistent);
    } catch (error) {
      return describeFailure(error);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#reading -= 1;
    }
  }

  async #read(domain: DomainRef, known?: ReadonlySet<string>): Promise<Description> {
    const xml = await this.#connection.domainXml(domain, { timeoutMs: this.#timeoutMs });
    const reading = readProfile(xml);
    if (!reading.ok) return { seen: 'unreadable', cause: reading.cause };
    // A domain that is off is persistent: a transient one ceases to be when it stops.
    const persistent = domain.id < 0 || (known ?? (await this.#persistentSince())).has(domain.uuid);
    const profile = { ...reading.profile, persistent };
    return { seen: 'profile', signal: { type: 'profile', profile, name: domain.name, atMs: this.#nowMs() } };
  }

  /** By a listing that begins after this call; callers share them. */
  #persistentSince(): Promise<ReadonlySet<string>> {
    if (!this.#listing) {
      this.#listing = this.listPersistent().finally(() => {
        this.#listing = undefined;
      });
      return this.#listing;
    }
    this.#nextListing ??= this.#listing
      .catch(() => {})
      .then(() => {
        this.#nextListing = undefined;
        return this.#persistentSince();
      });
    return this.#nextListing;
  }
}

function describeFailure(error: unknown): Description {
  if (!LibvirtError.isInstance(error)) throw error;
  if (error.code === 'not-found') return { seen: 'gone' };
  return error.libvirtCode === undefined
    ? { seen: 'failed', cause: error.message }
    : { seen: 'unreadable', cause: error.message };
}
