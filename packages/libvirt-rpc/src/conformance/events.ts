import { describe, expect, it, vi } from 'vitest';
import { describeLifecycle } from '../protocol/domain-event.ts';
import { type LibvirtEvent, libvirtEventTypes } from '../protocol/events.ts';
import { procedures } from '../protocol/procedures.ts';
import { connect, type Given, rawSession, refusal } from './helpers.ts';

const patience = { timeout: 10_000, interval: 20 };

export function eventPromises(given: Given): void {
  const lifecycleOf = (events: readonly LibvirtEvent[]) =>
    events
      .filter(event => event.type === 'lifecycle' && event.domain.uuid === given().guest)
      .map(event => (event.type === 'lifecycle' ? describeLifecycle(event.event, event.detail) : ''));

  describe('events', () => {
    it('of every type can be registered, and tell a suspend, a resume, a stop and a start in order', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      const events: LibvirtEvent[] = [];
      await using registration = await connection.onEvent(
        libvirtEventTypes,
        event => void events.push(event),
      );
      expect(registration.types).toEqual(libvirtEventTypes);

      await connection.suspend(domain);
      await connection.resume(domain);
      await connection.destroy(domain);
      await connection.create(domain);

      const story = given().agents
        ? [
            'SUSPENDED/PAUSED',
            'RESUMED/UNPAUSED',
            'SHUTDOWN/HOST',
            'STOPPED/DESTROYED',
            'RESUMED/UNPAUSED',
            'STARTED/BOOTED',
          ]
        : ['SUSPENDED/PAUSED', 'RESUMED/UNPAUSED', 'STOPPED/DESTROYED', 'STARTED/BOOTED'];
      await vi.waitFor(() => expect(lifecycleOf(events)).toEqual(story), patience);
      expect(events.every(event => event.domain.uuid === given().guest)).toBe(true);
    });

    it('reach every connection that asked, and none that stopped asking', async () => {
      await using actor = await connect(given());
      await using watcher = await connect(given());
      const domain = await actor.lookupByUuid(given().guest);
      const [early, first, second]: [LibvirtEvent[], LibvirtEvent[], LibvirtEvent[]] = [[], [], []];
      const gone = await actor.onEvent(['lifecycle'], event => void early.push(event));
      await gone.dispose();
      await using one = await watcher.onEvent(['lifecycle'], event => void first.push(event));
      await using other = await watcher.onEvent(['lifecycle', 'reboot'], event => void second.push(event));

      await actor.suspend(domain);
      await actor.resume(domain);

      await vi.waitFor(
        () => expect(lifecycleOf(first)).toEqual(['SUSPENDED/PAUSED', 'RESUMED/UNPAUSED']),
        patience,
      );
      await vi.waitFor(() => expect(second).toEqual(first), patience);
      await actor.libVersion();
      expect(early).toEqual([]);
      expect(actor.counters.unclaimedEvents).toBe(0);
      expect([one.types, other.types]).toEqual([['lifecycle'], ['lifecycle', 'reboot']]);
    });

    it('can be asked for again after the last listener left', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      await (await connection.onEvent(['lifecycle'], () => {})).dispose();
      const events: LibvirtEvent[] = [];
      await using _again = await connection.onEvent(['lifecycle'], event => void events.push(event));
      await connection.suspend(domain);
      await connection.resume(domain);
      await vi.waitFor(() => expect(lifecycleOf(events)).toHaveLength(2), patience);
    });

    it('are refused a second registration, an unknown id and an unknown callback', async () => {
      using session = await rawSession(given());
      const register = (eventId: number) =>
        session.call(procedures.CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY, { eventId, domain: undefined });
      const { callbackId } = await register(0);
      expect(await refusal(register(0))).toEqual({ code: 'invalid-argument', libvirtCode: 8 });
      expect(await refusal(register(999))).toEqual({ code: 'internal', libvirtCode: 1 });
      const deregister = procedures.CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY;
      await session.call(deregister, { callbackId });
      expect(await refusal(session.call(deregister, { callbackId }))).toEqual({
        code: 'internal',
        libvirtCode: 1,
      });
    });
  });
}
