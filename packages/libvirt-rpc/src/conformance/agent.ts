import { describe, expect, it } from 'vitest';
import { connect, type Given, refusal } from './helpers.ts';

const unresponsive = { code: 'agent-unresponsive', libvirtCode: 86 };
const notRunning = { code: 'operation-invalid', libvirtCode: 55 };

export function agentPromises(given: Given): void {
  const agents = () => {
    const { agents } = given();
    if (!agents) throw new Error('expected a world with `agents`; without them pass `guestAgents: false`');
    return agents;
  };

  describe('the guest agent', () => {
    it('answers a ping and a command, and its own refusal is told apart from silence', async () => {
      await agents().ready();
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      await connection.agentPing(domain, { timeoutMs: 5_000 });
      expect(JSON.parse(await connection.agentCommand(domain, { execute: 'guest-ping' }, 5))).toEqual({
        return: {},
      });
      const unknown = connection.agentCommand(domain, { execute: 'guest-no-such-command' }, 5);
      expect((await refusal(unknown)).code).toBe('agent-error');
    });

    it('is not configured where the domain has no channel', async () => {
      const { withoutChannel } = agents();
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(withoutChannel);
      expect(await refusal(connection.agentPing(domain))).toEqual({
        code: 'agent-not-configured',
        libvirtCode: 74,
      });
    });

    it('is not asked while the guest is paused or off', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      await connection.suspend(domain);
      expect(await refusal(connection.agentPing(domain))).toEqual(notRunning);
      await connection.destroy(domain);
      expect(await refusal(connection.agentPing(domain))).toEqual(notRunning);
      await connection.create(domain);
    });

    it('is unresponsive until the guest has booted', async () => {
      const { ready } = agents();
      await ready();
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      await connection.destroy(domain);
      await connection.create(domain);
      expect(await refusal(connection.agentPing(domain))).toEqual(unresponsive);
      await ready();
      await connection.agentPing(domain);
    });

    it('that is silent is unresponsive after the timeout, and everything else goes on meanwhile', async () => {
      const { ready, freeze, thaw } = agents();
      await ready();
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      await freeze();
      const pings = [1, 2, 3].map(() =>
        refusal(connection.agentPing(domain, { timeoutMs: 1_000, deadlineMs: 60_000 })),
      );
      expect((await connection.domainState(domain)).state).toBe(1);
      expect(connection.outstandingCalls).toBe(3);
      for (let second = 0; second < 20; second += 1) await given().elapse?.(1_000);
      expect(await Promise.all(pings)).toEqual([unresponsive, unresponsive, unresponsive]);
      await thaw();
      await ready();
    });

    it('that is silent to five calls stops the daemon reading that connection, and no other', async () => {
      const { ready, freeze, thaw } = agents();
      await ready();
      await using full = await connect(given());
      await using other = await connect(given());
      const domain = await full.lookupByUuid(given().guest);
      await freeze();
      const pings = Array.from({ length: 5 }, () =>
        refusal(full.agentPing(domain, { timeoutMs: 1_000, deadlineMs: 60_000 })),
      );
      await other.libVersion();
      // Answered only when the daemon reads again, and that is when it has answered a ping.
      const underWayThen = full.libVersion({ timeoutMs: 60_000 }).then(() => full.outstandingCalls);
      await other.libVersion();
      expect(full.outstandingCalls).toBe(6);
      for (let second = 0; second < 30; second += 1) await given().elapse?.(1_000);
      expect(await Promise.all(pings)).toEqual(pings.map(() => unresponsive));
      expect(await underWayThen).toBeLessThan(5);
      await thaw();
      await ready();
    });
  });
}

export function noAgentPromises(given: Given): void {
  describe('the guest agent', () => {
    it('is unsupported', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      expect(await refusal(connection.agentPing(domain))).toEqual({ code: 'unsupported', libvirtCode: 3 });
    });
  });
}
