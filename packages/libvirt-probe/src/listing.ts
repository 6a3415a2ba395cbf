import type { GuestSignal } from '@instance-ha/guest-health';
import {
  type DomainRef,
  type DomainStats,
  type LibvirtConnection,
  LibvirtError,
} from '@instance-ha/libvirt-rpc';
import { domainId } from './translate-event.ts';
import { stateWords } from './words.ts';

export type StateSignal = Extract<GuestSignal, { type: 'state' }>;
export type ListedGuest = { domain: DomainRef; signal: StateSignal };

/** CPU time that one life of a domain has used. */
export type CpuSample = { domainId: number; timeNs: bigint };

/**
 * State of every domain, running or not, in one call.
 *
 * The group `state` alone: libvirt reads `cpu` through QEMU's monitor (`cpu.haltpoll.*`, libvirt 8.10 and newer), where a
 * frozen QEMU holds the call, and a worker of libvirtd, without a bound and in spite of NOWAIT. CPU time is sampled by
 * `sampleCpu`. Rejects with `LibvirtError`.
 */
export async function listGuests(
  connection: LibvirtConnection,
  options: { timeoutMs: number; nowMs: () => number; samples?: ReadonlyMap<string, CpuSample> },
): Promise<ListedGuest[]> {
  const { timeoutMs, nowMs, samples } = options;
  const atMs = nowMs(); // A row is never younger than what it tells.
  const rows = await connection.allDomainStats({ groups: ['state'], noWait: true }, { timeoutMs });
  return rows.map(row => ({
    domain: row.domain,
    signal: stateSignal(row, samples?.get(row.domain.uuid), atMs),
  }));
}

function stateSignal(
  { domain, state }: DomainStats,
  sample: CpuSample | undefined,
  atMs: number,
): StateSignal {
  return {
    type: 'state',
    // A row without its state still proves that the domain is there.
    ...(state ? stateWords(state.state, state.reason) : { state: 'nostate', reason: 'not-told' }),
    domainId: domainId(domain.id),
    cpuTimeNs: sample && sample.domainId === domain.id ? sample.timeNs : null,
    atMs,
  };
}

/** Calls under way at once. With those for definitions they stay below the 5 at which libvirtd stops to read. */
const sampleWindow = 2;

/**
 * CPU time of these domains by `virDomainGetInfo`, which reads it from the process table and asks no monitor. What cannot
 * be told is left out; after the first call that libvirtd does not answer nothing more is asked. Never rejects for what
 * libvirtd can do.
 */
export async function sampleCpu(
  connection: LibvirtConnection,
  domains: readonly DomainRef[],
  options: { timeoutMs: number },
): Promise<Map<string, CpuSample>> {
  const samples = new Map<string, CpuSample>();
  const waiting = domains.filter(domain => domain.id >= 0).values();
  let goOn = true;
  const work = async (): Promise<void> => {
    for (const domain of waiting) {
      if (!goOn) return;
      try {
        const { cpuTimeNs } = await connection.domainInfo(domain, options);
        samples.set(domain.uuid, { domainId: domain.id, timeNs: cpuTimeNs });
      } catch (error) {
        if (!LibvirtError.isInstance(error)) throw error;
        if (error.libvirtCode === undefined) goOn = false;
      }
    }
  };
  await Promise.all(Array.from({ length: sampleWindow }, work));
  return samples;
}
