import { describe, expect, it, vi } from 'vitest';
import type { LibvirtConnection } from '../connection.ts';
import type { DomainRef } from '../protocol/bodies.ts';
import { ControlState, DomainState, describeDomainState } from '../protocol/domain-state.ts';
import { connect, type Given, refusal } from './helpers.ts';

const patience = { timeout: 10_000, interval: 20 };
const longMs = 120_000;

/** Needs guests that are processes of their own. Leaves `guest` running. */
export function hypervisorPromises(given: Given): void {
  const world = () => {
    const { hypervisor, daemon, agents } = given();
    if (!hypervisor || !daemon || !agents)
      throw new Error('expected a world with `agents`, `hypervisor` and `daemon`');
    return { hypervisor, daemon, agents };
  };
  const elapse = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) await given().elapse?.(1_000);
  };

  describe('a hypervisor that is stopped', () => {
    it('holds the one who asks for CPU statistics, NOWAIT or not, and nobody who asks for states', async () => {
      const { hypervisor } = world();
      await using asker = await connect(given());
      await using other = await connect(given());
      const domain = await other.lookupByUuid(given().guest);
      await hypervisor.stop();
      const query = { groups: ['state', 'cpu'], active: true, noWait: true } as const;
      const held = asker.allDomainStats(query, { timeoutMs: longMs });
      await occupied(other, domain);
      const states = await other.allDomainStats({ groups: ['state'], noWait: true });
      expect(states.find(one => one.domain.uuid === domain.uuid)?.state?.state).toBe(DomainState.RUNNING);
      expect((await other.domainInfo(domain)).state).toBe(DomainState.RUNNING);
      // The monitor is taken: NOWAIT now keeps its word.
      const second = await other.allDomainStats(query);
      expect(second.map(one => one.domain.uuid)).toContain(domain.uuid);
      await elapse(60);
      expect(asker.outstandingCalls).toBe(1);
      await hypervisor.continue();
      expect((await held).map(one => one.domain.uuid)).toContain(domain.uuid);
    });

    it('is destroyed by a destroy, and the next life is not', async () => {
      const { hypervisor, agents } = world();
      await using first = await connect(given());
      await using second = await connect(given());
      const domain = await first.lookupByUuid(given().guest);
      await hypervisor.stop();
      const destroys = [first, second].map(connection =>
        connection.destroy(domain, { timeoutMs: longMs }).then(
          () => 'done',
          () => 'refused',
        ),
      );
      await first.libVersion();
      await hypervisor.kill();
      await vi.waitFor(
        async () => expect((await first.domainState(domain)).state).toBe(DomainState.SHUTOFF),
        patience,
      );
      await vi.waitFor(() => first.create(domain), patience);
      const born = await first.lookupByUuid(domain.uuid);
      await elapse(30);
      await Promise.all(destroys);
      expect(await first.lookupByUuid(domain.uuid)).toEqual(born);
      await agents.ready();
    });
  });

  describe('a daemon that was started again', () => {
    it('has forgotten why a guest is off, except for one whose hypervisor ended while it was away', async () => {
      const { hypervisor, daemon, agents } = world();
      await hypervisor.kill();
      expect(await toldOnceOff(given)).toBe('SHUTOFF/CRASHED');
      await daemon.kill();
      await daemon.start();
      expect(await toldOnceOff(given)).toBe('SHUTOFF/UNKNOWN');

      await start(given);
      await daemon.kill();
      await hypervisor.kill();
      await daemon.start();
      expect(await toldOnceOff(given)).toBe('SHUTOFF/CRASHED');
      await start(given);
      await agents.ready();
    });

    it('finds those that run as they were, and hears their agents', async () => {
      const { daemon, agents } = world();
      await agents.ready();
      const before = await seen(given);
      await agents.freeze();
      await using asker = await connect(given());
      const domain = await asker.lookupByUuid(given().guest);
      const lost = refusal(asker.agentPing(domain, { timeoutMs: 60_000, deadlineMs: longMs }));
      await asker.libVersion();
      await daemon.kill();
      expect((await lost).code).toBe('connection-lost');
      await agents.thaw();
      await daemon.start();
      expect(await seen(given)).toEqual(before);
      await agents.ready();
      await using again = await connect(given());
      await again.agentPing(domain, { timeoutMs: 5_000 });
    });
  });
}

/** Until a call hangs in the monitor of this guest. */
const occupied = (connection: LibvirtConnection, domain: DomainRef): Promise<void> =>
  vi.waitFor(
    async () => expect((await connection.controlInfo(domain)).state).toBe(ControlState.OCCUPIED),
    patience,
  );

async function seen(given: Given): Promise<{ domain: DomainRef; state: string }> {
  await using connection = await connect(given());
  const domain = await connection.lookupByUuid(given().guest);
  const { state, reason } = await connection.domainState(domain);
  return { domain, state: describeDomainState(state, reason) };
}

async function toldOnceOff(given: Given): Promise<string> {
  return vi.waitFor(async () => {
    const { state } = await seen(given);
    expect(state).toMatch(/^SHUTOFF/);
    return state;
  }, patience);
}

async function start(given: Given): Promise<void> {
  await using connection = await connect(given());
  await connection.create(await connection.lookupByUuid(given().guest));
}
