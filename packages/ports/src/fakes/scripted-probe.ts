import type { DomainState, GuestProfile, GuestSignal, LifecycleEvent } from '@instance-ha/guest-health';
import type { Clock } from '../clock.ts';
import type { GuestProbe, Listing, ProbeSignal } from '../guest-probe.ts';

type PingSignal = Extract<GuestSignal, { type: 'ping' }>;
type StateSignal = Extract<GuestSignal, { type: 'state' }>;

/** What a ping of a guest sees: `hangs` is `no-answer` when the asked time is over. A function answers for itself. */
export type ScriptedPing =
  | Exclude<PingSignal['outcome'], 'no-answer'>
  | 'hangs'
  | ((options: {
      timeoutMs: number;
      signal: AbortSignal;
    }) => Promise<Pick<PingSignal, 'outcome' | 'detail'>>);

/** A guest as the probe sees it. Change its fields as the story goes: the next ping and listing see it so. */
export type ScriptedGuest = {
  readonly instanceUuid: string;
  name: string;
  profile: GuestProfile;
  state: DomainState;
  reason: string;
  domainId: number | null;
  cpuTimeNs: bigint | null;
  ping: ScriptedPing;
};

/** A probe whose host is written by hand: passes the probe conformance suite. */
export type ScriptedProbe = GuestProbe & {
  readonly guests: ReadonlyMap<string, ScriptedGuest>;
  /** Adds a guest that runs, is persistent, has an agent channel and answers, or whatever is told otherwise. No signal. */
  add(guest: Partial<ScriptedGuest> & { instanceUuid: string }): ScriptedGuest;
  /** Takes a guest away. No signal: only a listing shows it. */
  remove(instanceUuid: string): void;
  /** Sends any signal of a guest, stamped with the time of the clock. Nothing else changes. */
  tell(
    instanceUuid: string,
    signal: Untimed<Exclude<GuestSignal, { type: 'ping' | 'tick' | 'absent' }>>,
  ): void;
  /** Its QEMU ends: off for the reason `crashed`, told as `stopped/failed`. */
  crash(instanceUuid: string): void;
  /** It boots with a new domain id, told as `started/booted`, with its profile. */
  start(instanceUuid: string): void;
  /** The hypervisor cannot be looked at from now on. */
  lose(cause: string): void;
  /** It can again: `sighted`, and everything anew. What happened meanwhile was told to nobody. */
  restore(): void;
  /** Every ping, in order. */
  readonly asked: readonly { instanceUuid: string; atMs: number }[];
  /** Pings under way now, and the most there ever were. */
  readonly inFlight: number;
  readonly mostInFlight: number;
};

type Untimed<Signal> = Signal extends unknown ? Omit<Signal, 'atMs'> : never;

/** Begins sighted. Signals are kept for their consumer without a bound. */
export function scriptedProbe(options: {
  clock: Clock;
  guests?: readonly (Partial<ScriptedGuest> & { instanceUuid: string })[];
}): ScriptedProbe {
  const { clock } = options;
  const guests = new Map<string, ScriptedGuest>();
  const asked: { instanceUuid: string; atMs: number }[] = [];
  const underWay = new Map<string, Promise<PingSignal>>();
  const closed = new AbortController();
  let mostInFlight = 0;
  let lastDomainId = 0;
  let lost: string | undefined;
  let consumed = false;
  let waiting: (ProbeSignal | 'look around')[] = [];
  let stirred = Promise.withResolvers<void>();

  const send = (...seen: (ProbeSignal | 'look around')[]): void => {
    if (consumed) waiting.push(...seen);
    stirred.resolve();
    stirred = Promise.withResolvers<void>();
  };
  const sendOf = (instanceUuid: string, signal: Untimed<GuestSignal>): void => {
    if (lost === undefined)
      send({ instanceUuid, signal: { ...signal, atMs: clock.monotonicMs() } as GuestSignal });
  };
  const guestOf = (instanceUuid: string): ScriptedGuest => {
    const guest = guests.get(instanceUuid);
    if (!guest) throw new RangeError(`the scripted probe has no guest ${instanceUuid}`);
    return guest;
  };
  const add: ScriptedProbe['add'] = told => {
    lastDomainId += 1;
    const guest = { ...runningGuest(lastDomainId), ...told };
    guests.set(guest.instanceUuid, guest);
    return guest;
  };
  const lifecycle = (guest: ScriptedGuest, event: LifecycleEvent, detail: string): void =>
    sendOf(guest.instanceUuid, { type: 'lifecycle', event, detail, domainId: guest.domainId });
  const profile = ({ profile, name }: ScriptedGuest): Untimed<GuestSignal> => ({
    type: 'profile',
    profile: { ...profile },
    name,
  });
  const blind = (cause: string): ProbeSignal => ({
    signal: { type: 'blind', cause, atMs: clock.monotonicMs() },
  });
  const stateOf = ({ state, reason, domainId, cpuTimeNs }: ScriptedGuest): StateSignal => ({
    type: 'state',
    state,
    reason,
    domainId,
    cpuTimeNs,
    atMs: clock.monotonicMs(),
  });
  const everything = (): ProbeSignal[] => [
    { signal: { type: 'sighted', atMs: clock.monotonicMs() } },
    ...[...guests.values()].flatMap((guest): ProbeSignal[] => {
      const { instanceUuid } = guest;
      const atMs = clock.monotonicMs();
      return [
        { instanceUuid, signal: { ...profile(guest), atMs } as GuestSignal },
        { instanceUuid, signal: stateOf(guest) },
      ];
    }),
  ];

  async function* signals(signal: AbortSignal): AsyncGenerator<ProbeSignal, void, undefined> {
    if (consumed) throw new Error('expected one consumer of the signals, found a second one');
    consumed = true;
    const until = AbortSignal.any([signal, closed.signal]);
    waiting = [lost === undefined ? 'look around' : blind(lost)];
    try {
      while (!until.aborted) {
        const changed = stirred.promise;
        const next = waiting.shift();
        if (next === 'look around') waiting.unshift(...everything());
        else if (next) yield next;
        else await raceAbort(changed, until).catch(() => {});
      }
    } finally {
      consumed = false;
    }
  }

  async function ping(instanceUuid: string, timeoutMs: number): Promise<PingSignal> {
    const askedAtMs = clock.monotonicMs();
    asked.push({ instanceUuid, atMs: askedAtMs });
    const verdict = await look(instanceUuid, timeoutMs);
    return { type: 'ping', ...verdict, askedAtMs, atMs: clock.monotonicMs() };
  }

  async function look(
    instanceUuid: string,
    timeoutMs: number,
  ): Promise<Pick<PingSignal, 'outcome' | 'detail'>> {
    if (lost !== undefined) return { outcome: 'could-not-look', detail: lost };
    const guest = guests.get(instanceUuid);
    if (!guest) return { outcome: 'could-not-look', detail: 'no such domain' };
    if (!guest.profile.agentChannel) return { outcome: 'not-configured', detail: 'no agent channel' };
    if (guest.state !== 'running') return { outcome: 'could-not-look', detail: `it is ${guest.state}` };
    if (typeof guest.ping === 'function') return guest.ping({ timeoutMs, signal: closed.signal });
    if (guest.ping !== 'hangs') return { outcome: guest.ping, detail: null };
    await clock.sleep(timeoutMs, closed.signal).catch(() => {});
    return { outcome: 'no-answer', detail: `no answer within ${timeoutMs} ms` };
  }

  for (const guest of options.guests ?? []) add(guest);

  return {
    guests,
    asked,
    get inFlight() {
      return underWay.size;
    },
    get mostInFlight() {
      return mostInFlight;
    },
    add,
    remove: instanceUuid => void guests.delete(instanceUuid),
    tell: sendOf,
    crash: instanceUuid => {
      const guest = guestOf(instanceUuid);
      const { domainId } = guest;
      Object.assign(guest, { state: 'shutoff', reason: 'crashed', domainId: null, cpuTimeNs: null });
      sendOf(instanceUuid, { type: 'lifecycle', event: 'stopped', detail: 'failed', domainId });
    },
    start: instanceUuid => {
      const guest = guestOf(instanceUuid);
      lastDomainId += 1;
      Object.assign(guest, { state: 'running', reason: 'booted', domainId: lastDomainId, cpuTimeNs: 0n });
      lifecycle(guest, 'started', 'booted');
      sendOf(instanceUuid, profile(guest));
    },
    lose: cause => {
      if (lost === undefined) send(blind(cause));
      lost = cause;
    },
    restore: () => {
      if (lost !== undefined) send('look around');
      lost = undefined;
    },
    signals,
    async ask(instanceUuid, { timeoutMs, signal }) {
      signal.throwIfAborted();
      const begun =
        underWay.get(instanceUuid) ??
        ping(instanceUuid, timeoutMs).finally(() => {
          underWay.delete(instanceUuid);
        });
      underWay.set(instanceUuid, begun);
      mostInFlight = Math.max(mostInFlight, underWay.size);
      return raceAbort(begun, signal);
    },
    async list({ signal }): Promise<Listing> {
      signal.throwIfAborted();
      const atMs = clock.monotonicMs();
      if (lost !== undefined) return { listed: false, cause: lost, atMs };
      const rows = [...guests.values()].map(guest => ({
        instanceUuid: guest.instanceUuid,
        signal: stateOf(guest),
      }));
      return { listed: true, guests: rows, atMs };
    },
    async close() {
      lost ??= 'the probe was closed';
      closed.abort();
    },
  };
}

const runningGuest = (domainId: number): Omit<ScriptedGuest, 'instanceUuid'> => ({
  name: `guest-${domainId}`,
  profile: { agentChannel: true, onCrash: 'destroy', panicDevice: false, watchdog: null, persistent: true },
  state: 'running',
  reason: 'booted',
  domainId,
  cpuTimeNs: 0n,
  ping: 'answered',
});

async function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
