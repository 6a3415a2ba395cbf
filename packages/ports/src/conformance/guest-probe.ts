import assert from 'node:assert/strict';
import type { GuestSignal } from '@instance-ha/guest-health';
import type { GuestProbe, ProbeSignal } from '../guest-probe.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A probe that nobody has used yet, before a host with five guests, and a hold on that host. */
export type GuestProbeWorld = {
  probe: GuestProbe;
  /** UUIDs. All run but `off`; all are persistent; all but `unmonitored` have an agent channel. */
  guests: {
    answering: string;
    /** Its agent takes the ping and says nothing. */
    hung: string;
    /** Nobody holds its end of the agent channel. */
    disconnected: string;
    unmonitored: string;
    off: string;
  };
  /** Its QEMU ends at once, without being asked. */
  crash(instanceUuid: string): Promise<void>;
  /** Boots a guest that is off. */
  start(instanceUuid: string): Promise<void>;
  /** The hypervisor's daemon goes away, or comes back; the guests live on. */
  setAway(away: boolean): Promise<void>;
  /** Lets time pass: some of its own where it has its own, a moment of ours where it has not. */
  elapse(): Promise<void>;
};

type Ping = Extract<GuestSignal, { type: 'ping' }>;

/** Longest wait for anything, by the wall. */
const patienceMs = 60_000;

/** Lets the world's time pass until `work` has settled. */
async function during<T>(world: GuestProbeWorld, work: Promise<T>, what: string): Promise<T> {
  const deadlineMs = performance.now() + patienceMs;
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  work.then(settle, settle);
  while (!settled) {
    assert.ok(performance.now() < deadlineMs, `expected ${what} within ${patienceMs} ms`);
    await world.elapse();
  }
  return work;
}

const ask = (world: GuestProbeWorld, instanceUuid: string): Promise<Ping> => {
  const { signal } = new AbortController();
  return during(world, world.probe.ask(instanceUuid, { timeoutMs: 1_000, signal }), 'an answer to a ping');
};

/** Reads the signals of a probe one by one, and keeps them. */
class Reader {
  readonly seen: ProbeSignal[] = [];
  readonly #world: GuestProbeWorld;
  readonly #stopped = new AbortController();
  readonly #signals: AsyncIterator<ProbeSignal>;

  constructor(world: GuestProbeWorld) {
    this.#world = world;
    this.#signals = world.probe.signals(this.#stopped.signal)[Symbol.asyncIterator]();
  }

  /** Reads on until what was read since the call satisfies `enough`; answers with it. */
  async until(what: string, enough: (seen: readonly ProbeSignal[]) => boolean): Promise<ProbeSignal[]> {
    const from = this.seen.length;
    while (!enough(this.seen.slice(from))) {
      const next = await during(this.#world, this.#signals.next(), what);
      assert.ok(!next.done, `expected ${what}, found the end of the signals`);
      this.seen.push(next.value);
    }
    return this.seen.slice(from);
  }

  /** Reads until each of these guests has told its state. */
  async everything(uuids: readonly string[]): Promise<ProbeSignal[]> {
    return this.until('the state of every guest', seen =>
      uuids.every(uuid => typesOf(seen, uuid).includes('state')),
    );
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    const end = await during(this.#world, this.#signals.next(), 'the end of the signals');
    assert.equal(end.done, true, 'the signals must end when they are stopped');
  }
}

const of = (seen: readonly ProbeSignal[], instanceUuid: string): GuestSignal[] =>
  seen.flatMap(one => ('instanceUuid' in one && one.instanceUuid === instanceUuid ? [one.signal] : []));
const typesOf = (seen: readonly ProbeSignal[], instanceUuid: string): string[] =>
  of(seen, instanceUuid).map(signal => signal.type);
const hostWide = (seen: readonly ProbeSignal[]): string[] =>
  seen.flatMap(one => ('instanceUuid' in one ? [] : [one.signal.type]));
const isLifecycle =
  (uuid: string, event: string, details: readonly string[]) =>
  (seen: readonly ProbeSignal[]): boolean =>
    of(seen, uuid).some(
      signal => signal.type === 'lifecycle' && signal.event === event && details.includes(signal.detail),
    );

/** What every probe promises. Each case wants a world of its own; the signals' consumer is this suite. */
export const guestProbeConformance: readonly ConformanceCase<GuestProbeWorld>[] = [
  {
    name: 'begins with sighted, then tells profile and state of every guest, running or not',
    async check(world) {
      const uuids = Object.values(world.guests);
      const reader = new Reader(world);
      const seen = await reader.everything(uuids);
      assert.equal(seen[0]?.signal.type, 'sighted');
      assert.deepEqual(hostWide(seen), ['sighted']);
      for (const uuid of uuids) {
        assert.deepEqual(
          typesOf(seen, uuid).filter(type => type === 'profile' || type === 'state'),
          ['profile', 'state'],
        );
        const [profile] = of(seen, uuid).filter(signal => signal.type === 'profile');
        assert.equal(profile?.profile.agentChannel, uuid !== world.guests.unmonitored);
        assert.equal(profile?.profile.persistent, true);
        assert.notEqual(profile?.name, '');
        const [state] = of(seen, uuid).filter(signal => signal.type === 'state');
        const off = uuid === world.guests.off;
        assert.equal(state?.state, off ? 'shutoff' : 'running');
        assert.equal(state?.domainId === null, off);
      }
      await reader.stop();
    },
  },
  {
    name: 'tells of a crash by itself, and of a start with the profile anew',
    async check(world) {
      const { answering, off } = world.guests;
      const reader = new Reader(world);
      await reader.everything(Object.values(world.guests));
      await world.crash(answering);
      await reader.until('the crash', isLifecycle(answering, 'stopped', ['failed', 'crashed']));
      await world.start(off);
      const seen = await reader.until(
        'the start and the profile',
        seen => isLifecycle(off, 'started', ['booted'])(seen) && typesOf(seen, off).includes('profile'),
      );
      const started = of(seen, off).find(signal => signal.type === 'lifecycle' && signal.event === 'started');
      assert.ok(started?.type === 'lifecycle' && started.domainId !== null, 'a start has a domain id');
      await reader.stop();
    },
  },
  {
    name: 'is blind while the hypervisor is away: no listing, no ping, no guest is told to be gone',
    async check(world) {
      const uuids = Object.values(world.guests);
      const { signal } = new AbortController();
      const reader = new Reader(world);
      await reader.everything(uuids);
      await world.setAway(true);
      const lost = await reader.until('blind', seen => hostWide(seen).includes('blind'));
      const last = lost.at(-1)?.signal;
      assert.ok(last?.type === 'blind' && last.cause !== '', 'blindness has a cause');
      const listing = await during(world, world.probe.list({ signal }), 'a listing');
      assert.ok(!listing.listed && listing.cause !== '', 'a listing that could not be made says why');
      const ping = await ask(world, world.guests.answering);
      assert.equal(ping.outcome, 'could-not-look');
      assert.notEqual(ping.detail ?? '', '');
      await world.setAway(false);
      const seen = await reader.everything(uuids);
      assert.deepEqual(hostWide(seen), ['sighted']);
      assert.equal(seen[0]?.signal.type, 'sighted');
      await reader.stop();
    },
  },
  {
    name: 'finds what happened while the hypervisor was away',
    async check(world) {
      const uuids = Object.values(world.guests);
      const reader = new Reader(world);
      await reader.everything(uuids);
      await world.setAway(true);
      await reader.until('blind', seen => hostWide(seen).includes('blind'));
      await world.crash(world.guests.answering);
      await world.setAway(false);
      const seen = await reader.until('the state of the crashed guest', seen =>
        of(seen, world.guests.answering).some(
          signal => signal.type === 'state' && signal.state === 'shutoff',
        ),
      );
      assert.equal(seen[0]?.signal.type, 'sighted');
      await reader.stop();
    },
  },
  {
    name: 'tells what a ping saw, by the guest’s condition',
    async check(world) {
      const { answering, hung, disconnected, unmonitored, off } = world.guests;
      const outcomes: Record<string, string> = {};
      for (const uuid of [answering, hung, disconnected, unmonitored, off, unknownGuest]) {
        const ping = await ask(world, uuid);
        outcomes[uuid] = ping.outcome;
        assert.equal(ping.type, 'ping');
        assert.ok(ping.atMs >= ping.askedAtMs, 'a ping ends after it was sent');
      }
      assert.deepEqual(outcomes, {
        [answering]: 'answered',
        [hung]: 'no-answer',
        [disconnected]: 'not-connected',
        [unmonitored]: 'not-configured',
        [off]: 'could-not-look',
        [unknownGuest]: 'could-not-look',
      });
    },
  },
  {
    name: 'shares one ping between all who ask the same guest at once',
    async check(world) {
      const answers = await Promise.all([1, 2, 3].map(() => ask(world, world.guests.hung)));
      assert.equal(new Set(answers.map(answer => answer.askedAtMs)).size, 1);
    },
  },
  {
    name: 'lists every guest with its state, and the CPU time of those that run',
    async check(world) {
      const { signal } = new AbortController();
      const listing = await during(world, world.probe.list({ signal }), 'a listing');
      assert.ok(listing.listed, 'a host that can be looked at is listed');
      const rows = new Map(listing.guests.map(row => [row.instanceUuid, row.signal]));
      assert.deepEqual([...rows.keys()].sort(), Object.values(world.guests).sort());
      assert.equal(typeof rows.get(world.guests.hung)?.cpuTimeNs, 'bigint');
      assert.equal(rows.get(world.guests.hung)?.state, 'running');
      assert.equal(rows.get(world.guests.off)?.cpuTimeNs, null);
      assert.equal(rows.get(world.guests.off)?.state, 'shutoff');
    },
  },
  {
    name: 'rejects for nothing but the signal of who asks',
    async check(world) {
      const why = new Error('we stop');
      const stopped = new AbortController();
      const asked = world.probe.ask(world.guests.hung, { timeoutMs: 1_000, signal: stopped.signal });
      stopped.abort(why);
      await assert.rejects(asked, why);
      await assert.rejects(
        world.probe.ask(world.guests.answering, { timeoutMs: 1_000, signal: stopped.signal }),
        why,
      );
      await assert.rejects(world.probe.list({ signal: stopped.signal }), why);
    },
  },
  {
    name: 'has one consumer of its signals at a time, and a next one begins anew',
    async check(world) {
      const uuids = Object.values(world.guests);
      const first = new Reader(world);
      await first.everything(uuids);
      const second = new Reader(world);
      await assert.rejects(second.everything(uuids), /one consumer/);
      await first.stop();
      const third = new Reader(world);
      const [beginning] = await third.everything(uuids);
      assert.equal(beginning?.signal.type, 'sighted');
      await third.stop();
    },
  },
  {
    name: 'ends its signals when it is closed, and can look no more',
    async check(world) {
      const { signal } = new AbortController();
      const signals = world.probe.signals(signal)[Symbol.asyncIterator]();
      await during(world, signals.next(), 'the first signal');
      await during(world, world.probe.close(), 'the close');
      let next = await during(world, signals.next(), 'the end of the signals');
      while (!next.done) next = await during(world, signals.next(), 'the end of the signals');
      assert.equal((await ask(world, world.guests.answering)).outcome, 'could-not-look');
      const listing = await during(world, world.probe.list({ signal }), 'a listing');
      assert.equal(listing.listed, false);
    },
  },
];

const unknownGuest = '99999999-9999-4999-8999-999999999999';
