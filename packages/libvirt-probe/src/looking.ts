import { type DomainRef, type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import type { Clock, Listing } from '@instance-ha/ports';
import type { Directory } from './directory.ts';
import { type CpuSample, listGuests, sampleCpu } from './listing.ts';

export type LookingOptions = {
  directory: Directory;
  clock: Clock;
  callTimeoutMs: number;
  /** Guests whose CPU time is wanted at each listing: those that let the time of their last ping run out. */
  inDoubt: () => Iterable<string>;
};

/** The CPU time of all guests is sampled at most so often; of guests in doubt at each listing. */
const sampleAllMs = 10_000;
/** One answer of the CPU sampling; it takes about 0.2 ms. */
const sampleTimeoutMs = 1_000;
/** libvirtd stops to read a connection with 5 calls under way, and then its events and keepalive wait, too. */
const maxOutstanding = 3;

/** Makes the listings that are asked for, one at a time: who asks during one shares it. */
export class Looking {
  readonly #options: LookingOptions;
  #listing: Promise<Listing> | undefined;
  #sampledAllAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: LookingOptions) {
    this.#options = options;
  }

  /** Never rejects for what libvirtd can do. */
  list(connection: LibvirtConnection): Promise<Listing> {
    this.#listing ??= this.#list(connection).finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #list(connection: LibvirtConnection): Promise<Listing> {
    const { clock, callTimeoutMs: timeoutMs, directory } = this.#options;
    const nowMs = (): number => clock.monotonicMs();
    const { outstandingCalls } = connection;
    if (outstandingCalls > maxOutstanding) {
      const cause = `libvirtd still works on ${outstandingCalls} calls of this connection`;
      return { listed: false, cause, atMs: nowMs() };
    }
    try {
      const samples = outstandingCalls === 0 ? await this.#sample(connection) : new Map<string, CpuSample>();
      const rows = await listGuests(connection, { timeoutMs, nowMs, samples });
      directory.replace(rows.map(row => row.domain));
      const guests = rows.map(row => ({ instanceUuid: row.domain.uuid, signal: row.signal }));
      return { listed: true, guests, atMs: rows[0]?.signal.atMs ?? nowMs() };
    } catch (error) {
      if (!LibvirtError.isInstance(error)) throw error;
      return { listed: false, cause: error.message, atMs: nowMs() };
    }
  }

  async #sample(connection: LibvirtConnection): Promise<ReadonlyMap<string, CpuSample>> {
    return sampleCpu(connection, await this.#toSample(connection), { timeoutMs: sampleTimeoutMs });
  }

  async #toSample(connection: LibvirtConnection): Promise<readonly DomainRef[]> {
    const { clock, callTimeoutMs, directory, inDoubt } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#sampledAllAtMs >= sampleAllMs) {
      this.#sampledAllAtMs = nowMs;
      return connection.listDomains({ active: true }, { timeoutMs: callTimeoutMs });
    }
    return [...inDoubt()].flatMap(uuid => directory.get(uuid) ?? []);
  }
}
