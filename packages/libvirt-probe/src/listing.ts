import type { GuestSignal } from '@instance-ha/guest-health';
import type { DomainRef, DomainStats, LibvirtConnection } from '@instance-ha/libvirt-rpc';
import { domainId } from './translate-event.ts';
import { stateWords } from './words.ts';

export type StateSignal = Extract<GuestSignal, { type: 'state' }>;
export type ListedGuest = { domain: DomainRef; signal: StateSignal };

/**
 * State and CPU time of every domain, running or not, in one call.
 *
 * Only the groups `state` and `cpu`, and without waiting: neither asks a monitor, so no hung guest can delay the answer.
 * Rejects with `LibvirtError`.
 */
export async function listGuests(
  connection: LibvirtConnection,
  options: { timeoutMs: number; nowMs: () => number },
): Promise<ListedGuest[]> {
  const query = { groups: ['state', 'cpu'] as const, noWait: true };
  const rows = await connection.allDomainStats(query, { timeoutMs: options.timeoutMs });
  const atMs = options.nowMs();
  return rows.map(row => ({ domain: row.domain, signal: stateSignal(row, atMs) }));
}

function stateSignal({ domain, state, cpu }: DomainStats, atMs: number): StateSignal {
  return {
    type: 'state',
    // A row without its state still proves that the domain is there.
    ...(state ? stateWords(state.state, state.reason) : { state: 'nostate', reason: 'not-told' }),
    domainId: domainId(domain.id),
    cpuTimeNs: cpu?.timeNs ?? null,
    atMs,
  };
}
