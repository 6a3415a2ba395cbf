import type { DomainRef } from '@instance-ha/libvirt-rpc';

/** The domains of the host by UUID, as the last listing and the events since told. */
export class Directory {
  #domains = new Map<string, DomainRef>();

  get(instanceUuid: string): DomainRef | undefined {
    return this.#domains.get(instanceUuid);
  }

  learn(domain: DomainRef): void {
    this.#domains.set(domain.uuid, domain);
  }

  forget(instanceUuid: string): void {
    this.#domains.delete(instanceUuid);
  }

  replace(domains: readonly DomainRef[]): void {
    this.#domains = new Map(domains.map(domain => [domain.uuid, domain]));
  }
}
