import { type DomainRef, DomainState, type LibvirtConnection, LibvirtError } from '@instance-ha/libvirt-rpc';
import { afterEach, describe, expect, it } from 'vitest';
import { listGuests, sampleCpu } from './listing.ts';
import { type FakeHost, fakeHost } from './testing/fake-host.ts';

const { signal } = new AbortController();
const domain = (n: number): DomainRef => ({
  name: `g${n}`,
  uuid: `${String(n).repeat(8)}-0000-4000-8000-000000000000`,
  id: n,
});

describe('the CPU time in a listing', () => {
  let host: FakeHost;
  afterEach(() => host.close());

  const sampled = async (): Promise<string[]> => {
    const listing = await host.during(host.probe.list({ signal }));
    if (!listing.listed) throw new Error(listing.cause);
    return listing.guests.flatMap(({ instanceUuid, signal: row }) =>
      row.cpuTimeNs === null ? [] : [host.libvirtd.guest(instanceUuid).name],
    );
  };

  it('is sampled for all that run every 10 s, and in between for guests that let a ping run out', async () => {
    host = fakeHost([
      { name: 'a' },
      { name: 'hung', agent: 'hung' },
      { name: 'off', state: DomainState.SHUTOFF },
    ]);
    expect(await sampled()).toEqual(['a', 'hung']);
    expect(await sampled()).toEqual([]);
    await host.during(host.probe.ask(host.uuid('hung'), { timeoutMs: 1_000, signal }));
    expect(await sampled()).toEqual(['hung']);
    host.libvirtd.inflict('hung', 'qemu-killed');
    expect(await sampled()).toEqual([]);
    await host.timers.advance(10_000);
    expect(await sampled()).toEqual(['a']);
  });

  it('runs on by what the guest uses, and stands still with a frozen QEMU', async () => {
    host = fakeHost([{ name: 'a', cpu: 'spinning' }, { name: 'frozen' }]);
    host.libvirtd.inflict('frozen', 'qemu-stopped');
    const times = async () => {
      const listing = await host.during(host.probe.list({ signal }));
      return listing.listed ? listing.guests.map(row => row.signal.cpuTimeNs) : [];
    };
    const [busy = 0n, still] = await times();
    await host.timers.advance(10_000);
    const [busyThen, stillThen] = await times();
    expect(busyThen).toBe((busy ?? 0n) + 10_000_000_000n);
    expect(stillThen).toBe(still);
  });

  it('is asked of a monitor by no call', async () => {
    host = fakeHost([{ name: 'a' }]);
    await sampled();
    expect([...host.libvirtd.calls.keys()].sort()).toEqual([
      'AUTH_LIST',
      'CONNECT_GET_ALL_DOMAIN_STATS',
      'CONNECT_LIST_ALL_DOMAINS',
      'CONNECT_OPEN',
      'CONNECT_SUPPORTS_FEATURE',
      'DOMAIN_GET_INFO',
    ]);
  });
});

describe('a row', () => {
  it('asks for states alone, and carries no CPU time of another life', async () => {
    const queries: unknown[] = [];
    const connection = {
      allDomainStats: async (query: unknown) => {
        queries.push(query);
        return [
          { domain: domain(1), state: { state: 1, reason: 1 }, params: new Map() },
          { domain: domain(2), params: new Map() },
        ];
      },
    } as unknown as LibvirtConnection;
    const samples = new Map([
      [domain(1).uuid, { domainId: 7, timeNs: 5n }],
      [domain(2).uuid, { domainId: 2, timeNs: 6n }],
    ]);
    const rows = await listGuests(connection, { timeoutMs: 1_000, nowMs: () => 42, samples });
    expect(rows.map(row => row.signal)).toEqual([
      { type: 'state', state: 'running', reason: 'booted', domainId: 1, cpuTimeNs: null, atMs: 42 },
      { type: 'state', state: 'nostate', reason: 'not-told', domainId: 2, cpuTimeNs: 6n, atMs: 42 },
    ]);
    expect(queries).toEqual([{ groups: ['state'], noWait: true }]);
  });
});

describe('sampling', () => {
  const domains = Array.from({ length: 9 }, (_, n) => domain(n + 1));

  it('passes over a guest that went away, and gives up at the first call that is not answered', async () => {
    const asked: number[] = [];
    const connection = {
      domainInfo: async ({ id }: DomainRef) => {
        asked.push(id);
        if (id === 2) throw new LibvirtError({ code: 'not-found', libvirtCode: 42, message: 'no domain' });
        if (id === 5) throw new LibvirtError({ code: 'timeout', message: 'no reply' });
        return { cpuTimeNs: BigInt(id) };
      },
    } as unknown as LibvirtConnection;
    const samples = await sampleCpu(connection, [{ ...domain(1), id: -1 }, ...domains], { timeoutMs: 1_000 });
    expect([...samples.values()].map(sample => sample.domainId)).toEqual(expect.arrayContaining([1, 3, 4]));
    expect(asked.length).toBeLessThanOrEqual(6);
  });
});
