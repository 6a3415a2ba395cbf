/** What the recovery of a process asks for, done through its monitor, the cloud and the database. */
import type { Course, Effect, Next } from './course.ts';
import {
  answerOf,
  askMonitor,
  doServiceAct,
  lookAtService,
  type ProcessHands,
  processContext,
} from './process-effects.ts';

export type ProcessEffect = Effect<'ask-process-context' | 'monitor-act' | 'look-service' | 'service-act'>;

export async function carryOutOfProcess(course: Course, effect: ProcessEffect): Promise<Next> {
  const { clock, leaseMs } = course.settings;
  const hands = handsOf(course);
  switch (effect.type) {
    case 'ask-process-context': {
      const sinceAt = new Date(clock.wallMs() - effect.windowMs).toISOString();
      const context = await course.asking('tell the segment', () => processContext(hands, { sinceAt }));
      return course.feed({ type: 'process-context', atMs: course.atMs(), context });
    }
    case 'look-service':
      await course.takeSlot();
      return course.feed({ ...(await lookAtService(hands)), atMs: course.atMs() });
    case 'monitor-act': {
      const paused = await course.pausedFact(effect.mayHold);
      return paused ? course.feed(paused) : awaitMonitor(course, hands, effect);
    }
    case 'service-act': {
      const paused = await course.pausedFact(effect.mayHold);
      if (paused) return course.feed(paused);
      await course.takeSlot();
      course.feed({ type: 'service-act-begun', atMs: course.atMs(), act: effect.act });
      await course.store();
      await course.lease.ensure(leaseMs / 2);
      return course.feed({ ...(await doServiceAct(hands, effect)), atMs: course.atMs() });
    }
  }
}

/** The intent is stored before it is asked; the wait has an end, because the database ends every action in time. */
async function awaitMonitor(
  course: Course,
  hands: ProcessHands,
  effect: Effect<'monitor-act'>,
): Promise<Next> {
  const { kind, number } = effect;
  course.feed({ type: 'monitor-act-begun', atMs: course.atMs(), kind, number });
  await course.rest();
  await course.lease.ensure(course.settings.leaseMs / 2);
  const { uuid } = await course.asking('ask the monitor', () => askMonitor(hands, effect));
  for (;;) {
    const action = await course.asking('tell what was asked of the monitor', () =>
      hands.stores.actions.get(uuid),
    );
    const answer = action
      ? answerOf(action)
      : ({ outcome: 'in-doubt', detail: 'it is no longer in the books', sighting: null } as const);
    if (answer)
      return course.feed({ type: 'monitor-act-ended', atMs: course.atMs(), kind, number, ...answer });
    await course.sleep(course.settings.heartbeatPollMs);
  }
}

function handsOf(course: Course): ProcessHands {
  const { processes, hosts } = course.settings;
  const { payload, host } = course.subject;
  if (!processes || payload.type !== 'COMPUTE_PROCESS')
    throw new Error('a process is to be recovered, and there is nothing to do it through');
  const { id, uuid } = course.claim.notification;
  return {
    stores: processes.stores,
    control: hosts?.control,
    host,
    processName: payload.processName,
    notification: { id, uuid },
    timeoutMs: course.settings.policy().actTimeoutMs,
    bounded: call => course.bounded(call),
  };
}
