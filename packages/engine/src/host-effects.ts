/** Carries out what the recovery of a host asks for, through the ports; every answer is a fact for its machine. */
import type { Actor, HostControl, HostControlLimits } from '@instance-ha/ports';
import type { ActOutcome, EvacuationAsk, RecoveryEffect, RecoveryEvent } from '@instance-ha/recovery';
import type { HostBooks } from './host-books.ts';

type Effect<Type extends RecoveryEffect['type']> = Extract<RecoveryEffect, { type: Type }>;
type Fact<Type extends RecoveryEvent['type']> = Omit<Extract<RecoveryEvent, { type: Type }>, 'atMs'>;

export type HostHands = {
  control: HostControl;
  books: HostBooks;
  host: string;
  notificationUuid: string;
  worker: string;
  /** How long one question or act may take. */
  timeoutMs: number;
  /** A call of the control that may hang or reject although it must not. */
  bounded: <T>(call: {
    what: string;
    timeoutMs: number;
    call: (signal: AbortSignal) => Promise<T>;
    otherwise: (why: string) => T;
  }) => Promise<T>;
};

const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });

/** Puts the failed host out of service or back, takes a reserved one or gives it back; the books say the same afterwards. */
export async function doHostAct(
  hands: HostHands,
  { act, host }: Effect<'host-act'>,
): Promise<Fact<'host-act-ended'>> {
  const kept = act === 'disable' ? await whyKept(hands, host) : undefined;
  if (kept) return { type: 'host-act-ended', act, host, ...kept };
  const { control, books, notificationUuid, worker, timeoutMs } = hands;
  const by: Actor = {
    initiator: { id: null, name: worker, project: null },
    requestId: notificationUuid,
    reason: `recovery of ${hands.host}`,
  };
  const isFailed = host === hands.host;
  // Out of HA first: a report about a host that is being evacuated is no news.
  if (isFailed && act === 'put-out-of-service') await books.change(host, { onMaintenance: true }, by);
  if (!isFailed && act === 'enable') await books.change(host, { reserved: false }, by);
  const reason = `Instance HA: notification ${notificationUuid}`;
  const { outcome, detail } = await hands.bounded({
    what: `${act} ${host}`,
    timeoutMs,
    call: signal => control.act(act, host, { reason, timeoutMs, signal }),
    otherwise: failed,
  });
  if (outcome === 'done' && isFailed && act === 'enable')
    await books.change(host, { onMaintenance: false }, by);
  // One that could not be had, or was given back, is free for the next.
  if (!isFailed && (act === 'disable') === (outcome === 'done'))
    await books.change(host, { reserved: true }, by);
  return { type: 'host-act-ended', act, host, outcome, detail };
}

export async function lookAtHost({
  control,
  host,
  timeoutMs,
  bounded,
}: HostHands): Promise<Fact<'host-looked'>> {
  const sighting = await bounded({
    what: 'looking at the host',
    timeoutMs,
    call: signal => control.look(host, { timeoutMs, signal }),
    otherwise: detail => ({ seen: 'could-not-look', detail }) as const,
  });
  return { type: 'host-looked', sighting };
}

/** A reserved host that another recovery has put to use meanwhile is not given back. */
async function whyKept(hands: HostHands, host: string): Promise<ActOutcome | undefined> {
  const { listing } = await listInstances({ ...hands, host });
  if (!listing.listed) return failed(listing.detail);
  const { length } = listing.instances;
  return length === 0 ? undefined : { outcome: 'refused', detail: `it has ${length} instances` };
}

export async function listInstances({
  control,
  host,
  timeoutMs,
  bounded,
}: HostHands): Promise<Fact<'instances'>> {
  const listing = await bounded({
    what: 'listing the instances',
    timeoutMs,
    call: signal => control.instancesOf(host, { timeoutMs, signal }),
    otherwise: detail => ({ listed: false, detail }) as const,
  });
  return { type: 'instances', listing };
}

export async function listEvacuations(hands: HostHands): Promise<Fact<'evacuations'>> {
  const { control, host, timeoutMs, bounded } = hands;
  const listing = await bounded({
    what: 'listing the evacuations',
    timeoutMs,
    call: signal => control.evacuationsFrom(host, { since: null, timeoutMs, signal }),
    otherwise: detail => ({ listed: false, detail }) as const,
  });
  return { type: 'evacuations', listing };
}

/** All of them at the same time. */
export async function askEvacuations(
  hands: HostHands,
  { asks }: Effect<'evacuate'>,
): Promise<Fact<'evacuations-asked'>> {
  const answers = await Promise.all(
    asks.map(async ask => ({ instanceUuid: ask.instanceUuid, ...(await askOne(hands, ask)) })),
  );
  return { type: 'evacuations-asked', answers };
}

async function askOne(hands: HostHands, { instanceUuid, target, reset }: EvacuationAsk) {
  const { control, host, timeoutMs, bounded } = hands;
  if (reset) {
    const { outcome, detail } = await bounded({
      what: 'resetting the state',
      timeoutMs,
      call: signal => control.resetState(instanceUuid, { state: 'error', timeoutMs, signal }),
      otherwise: failed,
    });
    if (outcome !== 'done')
      return { answer: outcome, detail: `its state could not be reset: ${detail}` } as const;
  }
  return bounded({
    what: 'asking for an evacuation',
    timeoutMs,
    call: signal => control.evacuate({ instanceUuid, host }, { target, timeoutMs, signal }),
    otherwise: detail => ({ answer: 'in-doubt', detail }) as const,
  });
}

export async function restore(hands: HostHands, { wishes }: Effect<'restore'>): Promise<Fact<'restored'>> {
  const { control, timeoutMs, bounded } = hands;
  const one = async ({ instanceUuid, ...wish }: Effect<'restore'>['wishes'][number]) => {
    const options = (signal: AbortSignal): HostControlLimits & typeof wish => ({
      ...wish,
      timeoutMs,
      signal,
    });
    const outcome = await bounded({
      what: 'bringing its power back',
      timeoutMs,
      call: signal => control.restore(instanceUuid, options(signal)),
      otherwise: failed,
    });
    return { instanceUuid, ...outcome };
  };
  return { type: 'restored', results: await Promise.all(wishes.map(one)) };
}
