/** What the recovery of a host asks for, done through its hands and the database. */
import type { Course, Effect, Next } from './course.ts';
import { LeaseLostError } from './engine-error.ts';
import {
  askEvacuations,
  doHostAct,
  type HostHands,
  listEvacuations,
  listInstances,
  lookAtHost,
  restore,
} from './host-effects.ts';
import type { EngineSettings } from './options.ts';

export type HostEffect = Effect<
  | 'ask-context'
  | 'take-turn'
  | 'look-host'
  | 'host-act'
  | 'list-instances'
  | 'evacuate'
  | 'list-evacuations'
  | 'restore'
>;

/** Intents are stored, and the lease has time left, before anything is touched. */
export async function carryOutOfHost(course: Course, effect: HostEffect): Promise<Next> {
  const { hosts, leaseMs, clock } = course.settings;
  if (!hosts) throw new Error('hosts are to be recovered, and there are no hands on them');
  const hands = handsOf(course, hosts);
  switch (effect.type) {
    case 'ask-context': {
      const sinceAt = new Date(clock.wallMs() - hosts.failureWindowMs()).toISOString();
      const context = await course.asking('tell the segment', () =>
        hands.books.context(hands.host, { sinceAt, of: course.claim.notification }),
      );
      return course.feed({ type: 'host-context', atMs: course.atMs(), context });
    }
    case 'take-turn':
      return takeTurn(course, effect);
    case 'look-host':
      await course.takeSlot();
      return course.feed({ ...(await lookAtHost(hands)), atMs: course.atMs() });
    case 'list-instances':
      await course.takeSlot();
      return course.feed({ ...(await listInstances(hands)), atMs: course.atMs() });
    case 'list-evacuations':
      await course.takeSlot();
      return course.feed({ ...(await listEvacuations(hands)), atMs: course.atMs() });
    case 'restore':
      await course.takeSlot();
      return course.feed({ ...(await restore(hands, effect)), atMs: course.atMs() });
    case 'host-act':
    case 'evacuate': {
      const paused = await course.pausedFact(effect.type === 'evacuate' || effect.mayHold);
      if (paused) return course.feed(paused);
      await course.takeSlot();
      const atMs = course.atMs();
      if (effect.type === 'evacuate') course.feed({ type: 'evacuations-begun', atMs, asks: effect.asks });
      else {
        const { act, host, attempt } = effect;
        course.feed({ type: 'host-act-begun', atMs, act, host, attempt });
      }
      await course.store();
      await course.lease.ensure(leaseMs / 2);
      const fact =
        effect.type === 'evacuate' ? await askEvacuations(hands, effect) : await doHostAct(hands, effect);
      return course.feed({ ...fact, atMs: course.atMs() });
    }
  }
}

async function takeTurn(course: Course, { most }: Effect<'take-turn'>): Promise<Next> {
  const { claim, lease } = course;
  const { recoveries } = course.settings.stores;
  const turn = await course.asking('give a turn', () => recoveries.takeTurn(claim, { most }));
  if (turn === 'fenced') {
    lease.lose('fenced');
    throw new LeaseLostError('fenced');
  }
  const hosts = turn.taken ? [] : turn.hosts;
  return course.feed({ type: 'turn', atMs: course.atMs(), taken: turn.taken, hosts });
}

const handsOf = (
  course: Course,
  { control, fence, stores }: NonNullable<EngineSettings['hosts']>,
): HostHands => ({
  control,
  fence,
  books: course.books(stores),
  host: course.subject.host,
  notificationUuid: course.subject.notificationUuid,
  worker: course.settings.workerName,
  timeoutMs: course.settings.policy().actTimeoutMs,
  bounded: call => course.bounded(call),
});
