import { realLabOrSkip } from '@instance-ha/lab/fixture';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rawSession } from './conformance/helpers.ts';
import { type LibvirtWorld, libvirtConformance } from './conformance.ts';
import { connectLibvirt } from './connect.ts';
import { domain, text } from './protocol/bodies.ts';
import { describeLifecycle } from './protocol/domain-event.ts';
import type { LibvirtEvent } from './protocol/events.ts';
import type { Procedure } from './protocol/procedures.ts';
import { Program } from './protocol/programs.ts';
import { dialUnix } from './transport/dial-unix.ts';
import { struct, u32 } from './wire/codec.ts';

/** libvirt's own test driver: one domain "test", shared by all connections of the daemon. */
const testDriver = { driverName: 'test:///default', guest: '6695eb01-f6a4-8304-79aa-97f2502e193f' };
const real = await realLabOrSkip();
const host = () => real.lab.host('rpc');

describe.skipIf(real.skip)('on a real libvirtd', () => {
  afterAll(() => real.lab.down());

  libvirtConformance('libvirtd and QEMU', async (): Promise<LibvirtWorld> => {
    const { socketPath, guest, killLibvirtd, startLibvirtd } = await host();
    const [answering, bare] = [await guest('answering'), await guest('bare', { agentChannel: false })];
    await answering.waitForPing();
    return {
      open: () => dialUnix(socketPath),
      driverName: 'qemu:///system',
      guest: answering.uuid,
      agents: {
        withoutChannel: bare.uuid,
        freeze: async () => void (await answering.fault('agent-stop')),
        thaw: async () => void (await answering.fault('agent-cont')),
        ready: async () => void (await answering.waitForPing()),
      },
      hypervisor: {
        stop: async () => void (await answering.fault('qemu-stop')),
        continue: async () => void (await answering.fault('qemu-cont')),
        kill: async () => void (await answering.fault('qemu-kill')),
      },
      daemon: { kill: killLibvirtd, start: startLibvirtd },
      close: async () => {
        await answering.remove();
        await bare.remove();
      },
    };
  });

  libvirtConformance(
    "libvirtd's test driver",
    async (): Promise<LibvirtWorld> => {
      const { socketPath } = await host();
      return { open: () => dialUnix(socketPath), ...testDriver, close: async () => {} };
    },
    { guestAgents: false },
  );

  describe('a storm of events', () => {
    it('reaches its listener whole, each guest’s in order', async () => {
      const { socketPath } = await host();
      const world = { open: () => dialUnix(socketPath), ...testDriver, close: async () => {} };
      await using connection = await connectLibvirt({ open: world.open, name: world.driverName });
      using actor = await rawSession(world);
      const events: LibvirtEvent[] = [];
      await connection.onEvent(['lifecycle'], event => void events.push(event));
      const names = Array.from({ length: 500 }, (_, index) => `storm-${index}`);
      const guests = await Promise.all(names.map(name => createTransient(actor, name)));
      await Promise.all(guests.map(guest => connection.destroy(guest)));

      await vi.waitFor(() => expect(events).toHaveLength(1_000), { timeout: 20_000, interval: 50 });
      const told = new Map(names.map(name => [name, [] as string[]]));
      for (const event of events) {
        if (event.type !== 'lifecycle') continue;
        told.get(event.domain.name)?.push(describeLifecycle(event.event, event.detail));
      }
      for (const story of told.values()) expect(story).toEqual(['STARTED/BOOTED', 'STOPPED/DESTROYED']);
    });
  });

  describe('a libvirtd that goes away', () => {
    beforeAll(async () => void (await host()));

    it('frozen: keepalive ends the connection, and no call hangs', async () => {
      const lab = await host();
      const connection = await connectLibvirt({
        uri: `qemu+unix:///system?socket=${lab.socketPath}`,
        keepalive: { intervalMs: 200, count: 2 },
      });
      lab.freezeLibvirtd();
      try {
        const call = connection.hostname({ timeoutMs: 60_000 });
        await expect(call).rejects.toMatchObject({
          code: 'connection-lost',
          cause: { code: 'keepalive-timeout' },
        });
        expect(await connection.closed).toMatchObject({ code: 'keepalive-timeout' });
        const again = connectLibvirt({ open: () => dialUnix(lab.socketPath), connectTimeoutMs: 300 });
        await expect(again).rejects.toMatchObject({ code: 'timeout' });
      } finally {
        lab.thawLibvirtd();
      }
    });

    it('killed or stopped: the connection ends, and connecting fails until it is back', async () => {
      const lab = await host();
      const open = () => connectLibvirt({ uri: `qemu+unix:///system?socket=${lab.socketPath}` });
      const connection = await open();
      await lab.killLibvirtd();
      expect(await connection.closed).toMatchObject({ code: 'connection-lost' });
      // A process that is being torn down may still take a connection, and lose it.
      const refused = () =>
        expect(open()).rejects.toMatchObject({ code: 'connect-failed', cause: { code: 'ECONNREFUSED' } });
      await vi.waitFor(refused, { timeout: 5_000, interval: 20 });
      await lab.startLibvirtd();
      await using back = await open();
      await lab.stopLibvirtd();
      expect(await back.closed).toMatchObject({ code: 'connection-lost' });
      await expect(open()).rejects.toMatchObject({ code: 'connect-failed', cause: { code: 'ENOENT' } });
      await lab.startLibvirtd();
    });
  });

  describe('a QEMU that is killed', () => {
    it('is told as STOPPED/FAILED, and ends the ping under way', async () => {
      const lab = await host();
      const guest = await lab.guest('killed');
      await guest.waitForPing();
      await using connection = await connectLibvirt({ open: () => dialUnix(lab.socketPath) });
      const events: string[] = [];
      await connection.onEvent(
        ['lifecycle'],
        event => void events.push(describeLifecycle(event.event, event.detail)),
      );
      const ref = await connection.lookupByUuid(guest.uuid);
      await guest.fault('agent-stop');
      const ping = connection.agentPing(ref, { timeoutMs: 60_000 });
      await connection.libVersion();
      await guest.fault('qemu-kill');
      await expect(ping).rejects.toMatchObject({ code: 'agent-unresponsive' });
      await vi.waitFor(() => expect(events).toEqual(['STOPPED/FAILED']), { timeout: 10_000 });
      await guest.remove();
    });
  });
});

/** REMOTE_PROC_DOMAIN_CREATE_XML: a transient domain. Not part of the package, which defines no domains. */
const createXml: Procedure<
  { xml: string; flags: number },
  { domain: { name: string; uuid: string; id: number } }
> = {
  name: 'DOMAIN_CREATE_XML',
  program: Program.REMOTE,
  number: 10,
  priority: 'low',
  args: struct<{ xml: string; flags: number }>({ xml: text, flags: u32 }),
  ret: struct<{ domain: { name: string; uuid: string; id: number } }>({ domain }),
};

async function createTransient(session: Awaited<ReturnType<typeof rawSession>>, name: string) {
  const xml = `<domain type='test'><name>${name}</name><memory>4096</memory><os><type>hvm</type></os></domain>`;
  return (await session.call(createXml, { xml, flags: 0 })).domain;
}
