/** What the recovery of an instance asks for, done through its hands and the database. */
import { type InstanceActOutcome, withoutPrivateMetadata } from '@instance-ha/recovery';
import type { Course, Effect, Next } from './course.ts';

export type InstanceEffect = Effect<'look' | 'ask-budget' | 'await-heartbeat' | 'await-further' | 'act'>;

/** The first pause between two questions for a heartbeat, doubled up to `heartbeatPollMs`. */
const firstHeartbeatPollMs = 25;

export function carryOutOfInstance(course: Course, effect: InstanceEffect): Promise<Next> {
  switch (effect.type) {
    case 'look':
      return look(course);
    case 'ask-budget':
      return askBudget(course, effect);
    case 'await-heartbeat':
      return awaitHeartbeat(course, effect);
    case 'await-further':
      return awaitFurther(course, effect);
    case 'act':
      return doAct(course, effect);
  }
}

async function look(course: Course): Promise<Next> {
  await course.takeSlot();
  const { control, lookTimeoutMs: timeoutMs } = course.settings;
  const sighting = await course.bounded({
    what: 'looking at the instance',
    timeoutMs,
    call: signal => control.look(course.ref, { timeoutMs, signal }),
    otherwise: detail => ({ seen: 'could-not-look', detail }) as const,
  });
  const kept = withoutPrivateMetadata(course.settings.policy(), sighting);
  return course.feed({ type: 'looked', atMs: course.atMs(), sighting: kept });
}

async function askBudget(course: Course, { windowMs }: Effect<'ask-budget'>): Promise<Next> {
  const { recoveries } = course.settings.stores;
  const exceptNotification = course.subject.notificationUuid;
  const restartsAgoMs = await course.asking('tell the restarts', () =>
    recoveries.restartsAgoMs(course.ref.instanceUuid, { windowMs, exceptNotification }),
  );
  return course.feed({ type: 'budget', atMs: course.atMs(), restartsAgoMs });
}

async function awaitHeartbeat(course: Course, effect: Effect<'await-heartbeat'>): Promise<Next> {
  const { known, untilMs, notInBoot } = effect;
  const { notification } = course.claim;
  const mayWait = untilMs > course.atMs();
  if (mayWait) await course.rest();
  // The monitor's report that follows its notification is milliseconds behind it.
  let pauseMs = Math.min(firstHeartbeatPollMs, course.settings.heartbeatPollMs);
  for (;;) {
    if (mayWait && course.mayBeRuled()) return effect;
    if (mayWait && course.watcher.furtherFiled) {
      course.watcher.furtherFiled = false;
      return course.feed({ type: 'tick', atMs: course.atMs() });
    }
    const { stores, silentAfterMs } = course.settings;
    const sighting = await course.asking('tell the heartbeat', () =>
      stores.guests.heartbeat(
        { incidentKey: notification.incidentKey, ...course.ref },
        { silentAfterMs: silentAfterMs(), notInBoot },
      ),
    );
    const atMs = course.atMs();
    if (sighting.heartbeat === 'heard' || sighting.heartbeat !== known || atMs >= untilMs)
      return course.feed({ type: 'heartbeat', atMs, sighting });
    await course.sleep(Math.min(untilMs - atMs, pauseMs));
    pauseMs = Math.min(2 * pauseMs, course.settings.heartbeatPollMs);
  }
}

async function awaitFurther(course: Course, effect: Effect<'await-further'>): Promise<Next> {
  const { untilMs } = effect;
  const { claim } = course;
  await course.rest();
  for (;;) {
    if (course.mayBeRuled()) return effect;
    const { recoveries } = course.settings.stores;
    const filed = await course.asking('tell further notifications', () => recoveries.furtherFiled(claim));
    const atMs = course.atMs();
    if (filed || atMs >= untilMs) return course.feed({ type: 'further', atMs, filed });
    await course.sleep(Math.min(untilMs - atMs, course.settings.heartbeatPollMs));
  }
}

/** The intent is stored, and the lease has time left, before anything is touched. */
async function doAct(course: Course, { act, life, attempt, mayHold }: Effect<'act'>): Promise<Next> {
  const paused = await course.pausedFact(mayHold);
  if (paused) return course.feed(paused);
  await course.takeSlot();
  const { lease } = course;
  const { control, leaseMs } = course.settings;
  const marginMs = leaseMs / 2;
  course.feed({ type: 'act-begun', atMs: course.atMs(), act, life, attempt });
  await course.store();
  await lease.ensure(marginMs);

  const { actTimeoutMs, host } = course.settings.policy();
  const timeoutMs = act === 'evacuate' ? host.evacuationTimeoutMs : actTimeoutMs;
  const { outcome, detail, sighting } = await course.bounded<InstanceActOutcome>({
    what: act,
    timeoutMs,
    call: signal => control.act(act, course.ref, { life, timeoutMs, signal }),
    otherwise: why => ({ outcome: 'failed', detail: why }),
  });
  course.metrics.acts.add(1, { act, outcome });
  const seen = sighting && { sighting: withoutPrivateMetadata(course.settings.policy(), sighting) };
  return course.feed({ type: 'act-ended', atMs: course.atMs(), act, outcome, detail, ...seen });
}
