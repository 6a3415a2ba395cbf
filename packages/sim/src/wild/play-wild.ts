import type { NotificationSummary } from '@instance-ha/ports';
import { cancelMigrations } from '../play/migrate.ts';
import { play } from '../play/play.ts';
import type { GuestTruth } from '../world/guest-truth.ts';
import type { VirtualHost } from '../world/virtual-host.ts';
import { DoesNotApply, World } from '../world/world.ts';
import type { WildStory } from './wild-story.ts';

/** After the last fault everything must be well, or be given up with a reason, within so long. */
const restWithinMs = 600_000;
const lookEveryMs = 5000;
/** And stay so. */
const stayMs = 30_000;

/** Plays one story made by chance, then takes every fault of the infrastructure away, and waits for rest. */
export async function playWild(
  story: WildStory,
): Promise<{ violations: readonly string[]; transcript: string }> {
  const world = new World(story.world, { seed: story.seed });
  const { judge, transcript } = world;
  try {
    await world.pass((story.world.settleSeconds ?? 60) * 1000);
    transcript.begin();
    let atMs = 0;
    const script = story.script.map(({ afterMs, command }) => {
      atMs += afterMs;
      return { atMs, command };
    });
    await play(world, script, { lenient: true });
    if (judge.violations.length === 0) {
      await world.pass(lookEveryMs);
      restore(world);
      for (const left of await rest(world)) judge.accuse(left);
    }
    world.setDatabase('up');
    for (const line of await world.summary()) transcript.add(line);
    return { violations: judge.violations, transcript: transcript.text() };
  } finally {
    await world.close();
  }
}

/** Everything but the guests is well again, and whatever waited for its moment has missed it. */
function restore(world: World): void {
  world.transcript.tell('>', 'all faults end');
  world.transcript.deafen();
  cancelMigrations(world);
  for (const host of world.hosts.values()) {
    host.disk.setFault(undefined);
    if (host.libvirtdIs === 'frozen') host.thawLibvirtd();
    if (host.libvirtdIs === 'down') host.startLibvirtd();
  }
  world.setDatabase('up');
  attempt(() => world.setApi('up'));
  void world.unpause();
  world.setOption('DEFAULT', 'mode', 'act');
  for (const program of world.workers.values()) void program.thaw();
  for (const host of world.hosts.values()) attempt(() => world.startMonitor(host));
  attempt(() => world.startWorker('worker-9'));
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DoesNotApply)) throw error;
  }
}

/** Lets time pass until nothing is left to be done and that stays so; answers what is left when the time is over. */
async function rest(world: World): Promise<string[]> {
  const untilMs = world.clock.monotonicMs() + restWithinMs;
  let sinceMs: number | null = null;
  for (;;) {
    await world.pass(lookEveryMs, () => world.judge.violations.length > 0);
    const nowMs = world.clock.monotonicMs();
    if (world.judge.violations.length > 0) return [];
    const left = await unrest(world);
    if (left.length > 0) sinceMs = null;
    else sinceMs ??= nowMs;
    if (sinceMs !== null && nowMs - sinceMs >= stayMs) return [];
    if (nowMs >= untilMs) return left.map(one => `${restWithinMs / 1000} s after the last fault ${one}`);
    for (const host of world.hosts.values()) attempt(() => world.startMonitor(host)); // One that was just stopping.
  }
}

async function unrest(world: World): Promise<string[]> {
  const left: string[] = [];
  const records = await world.stores.notifications.list({}, { limit: 10_000 });
  for (const { id, status, message } of records)
    if (status === 'new' || status === 'running' || status === 'error')
      left.push(`#${id} is ${status}: ${message}`);
  const stored = new Set(records.map(record => record.incidentKey));
  for (const host of world.hosts.values()) {
    if (host.disk.depth > 0) left.push(`the spool of ${host.name} holds ${host.disk.depth}`);
    for (const key of host.disk.spooled.keys()) if (!stored.has(key)) left.push(`${key} was lost`);
    for (const truth of host.truths.values()) {
      if (!host.has(truth)) continue;
      const condition = truth.condition();
      const mayStay = ['well', 'wished-off', 'wished-paused'].includes(condition);
      if (!mayStay && !(await isExcused(world, host, truth, records)))
        left.push(`${host.name}/${truth.name} is ${condition}`);
    }
  }
  return left;
}

/** Rules by which a failure is left to the operator, with the reason. */
const givenUp = ['restart-budget', 'not-heard-again', 'another-life-silent', 'act-refused'];
/** And those by which it is only where the host could not be reached, or its monitor was away, for too long. */
const givenUpAfterOutage = ['act-failed', 'failed-again'];

/** What nobody could know, and what was given up with a reason. */
/** Monitors are started at 0. */
const storyBeganMs = 0;

async function isExcused(
  world: World,
  host: VirtualHost,
  truth: GuestTruth,
  records: readonly NotificationSummary[],
): Promise<boolean> {
  const { guest } = truth;
  const condition = truth.condition();
  const hadOutage = host.unheardUntilMs > storyBeganMs;
  const last = records.find(record => record.instanceUuid === guest.uuid && record.host === host.name);
  if (last?.status === 'failed') {
    const journal = await world.stores.notifications.journal(last.uuid);
    const { rule } = (journal.at(-1)?.event ?? {}) as { rule?: string };
    const rules = hadOutage ? [...givenUp, ...givenUpAfterOutage] : givenUp;
    if (rule !== undefined && rules.includes(rule)) return true;
  }
  // Its notification was decided in observe mode, and nothing has happened to it since.
  if (last?.status === 'ignored' && last.message?.includes('observe mode')) return true;
  // libvirtd has forgotten why it is off, and no monitor saw it end: it may have been somebody's wish.
  if (condition === 'dead' && !guest.active && guest.reason === 0) return true;
  // It came by migration and died before this host's monitor, which was away, ever saw it: nobody knows for how long.
  const isAtHome = host.name === world.homeOf(truth.name);
  if (condition === 'dead' && !isAtHome && hadOutage) return true;
  if (condition !== 'hung') return false;
  if (!guest.agent.configured) return true;
  const believed = await world.stores.guests.get(guest.uuid);
  const monitor = await world.stores.monitors.get(host.name);
  // It was never heard in this life, so its silence means nothing; or most of its host is silent.
  return (
    believed?.phase === 'unproven' || believed?.phase === 'unmonitored' || monitor?.gate.suspect === true
  );
}
