import type { Claim } from '@instance-ha/ports';
import type { RecoveryEvent } from '@instance-ha/recovery';
import type { GuestTruth } from './guest-truth.ts';

/** What the judge must know of the world beside what it is told. */
export type Circumstances = {
  nowMs: () => number;
  seconds: () => string;
  /** Since when recoveries are paused; null while they are not. */
  pausedSinceMs: () => number | null;
  /** Since when the mode is observe; null while it is not. */
  observingSinceMs: () => number | null;
  /** A guest may have been well again for so long before its monitor must have heard it. */
  hearingLagMs: () => number;
  /** Whether somebody may just have ceased to listen to this guest without a worker knowing it yet. */
  mayBeUnheard: (truth: GuestTruth) => boolean;
};

/** From an event of libvirt to its report in the database. */
const audibleLagMs = 1000;

type Event<Type extends RecoveryEvent['type']> = Extract<RecoveryEvent, { type: Type }>;

/** A decision made so long ago may still be on its way. */
const onItsWayMs = 50;

/**
 * Watches over what must hold at every instant, whatever happens:
 *
 * - a recovery stops no guest that is well, and none that somebody paused;
 * - it starts no guest that somebody switched off;
 * - one incident makes one new life, and one more by the hard reboot it may escalate to, and one more where the life that a
 *   recovery made died and nobody filed it;
 * - nothing is begun while recoveries are paused, and nothing in observe mode, save the start that ends our own stop;
 * - what ends as `finished` was well since it failed.
 */
export class Judge {
  readonly violations: string[] = [];
  readonly #world: Circumstances;
  /** The recovery under way of each instance: whether an act may be on its way, and whether it began to stop it. */
  readonly #courses = new Map<string, { id: number; acting: boolean; stopped: boolean }>();
  /** By instance: lives that recoveries gave it, its incidents, and the notifications that escalated to a hard reboot. */
  readonly #livesMade = new Map<string, number>();
  readonly #incidents = new Map<string, Set<string>>();
  readonly #hardRebooted = new Map<string, Set<string>>();
  /** How often a recovery went on by itself because the life it made had died and nobody filed that. */
  readonly #unfiled = new Map<string, number>();
  readonly #spooledMs = new Map<string, number>();
  /** Guests stopped by somebody in the middle of our restart: nobody can tell whose wish it was. */
  readonly #contested = new WeakSet<GuestTruth>();

  constructor(world: Circumstances) {
    this.#world = world;
  }

  accuse(what: string): void {
    this.violations.push(`${this.#world.seconds()} ${what}`);
  }

  onSpooled(incidentKey: string, instanceUuid: string): void {
    addTo(this.#incidents, instanceUuid, incidentKey);
    if (!this.#spooledMs.has(incidentKey)) this.#spooledMs.set(incidentKey, this.#world.nowMs());
  }

  onClaimed({ notification: { id, instanceUuid } }: Claim): void {
    const before = this.#courses.get(instanceUuid ?? '');
    const stopped = before?.id === id && before.stopped;
    this.#courses.set(instanceUuid ?? '', { id, acting: before?.acting ?? false, stopped });
  }

  onNoted(claim: Claim, event: RecoveryEvent, truth: GuestTruth | undefined): void {
    const uuid = claim.notification.instanceUuid ?? '';
    const course = this.#courses.get(uuid);
    switch (event.type) {
      case 'act-begun':
        if (course) course.acting = true;
        this.#onActBegun(claim, event, truth);
        break;
      case 'act-ended':
      case 'looked':
        if (course) course.acting = false;
        break;
      case 'ended':
        this.#onEnded(claim, event, truth);
        if (event.status !== 'error') this.#courses.delete(uuid);
        break;
      case 'further':
        if (!event.filed) this.#onUnfiled(uuid, claim, truth);
        break;
      case 'begun':
      case 'process-context':
      case 'monitor-act-begun':
      case 'monitor-act-ended':
      case 'service-looked':
      case 'service-act-begun':
      case 'service-act-ended':
      case 'aborted':
      case 'turn':
      case 'host-looked':
      case 'host-context':
      case 'host-act-begun':
      case 'host-act-ended':
      case 'instances':
      case 'evacuations-begun':
      case 'evacuations-asked':
      case 'evacuations':
      case 'restored':
      case 'taken-over':
      case 'budget':
      case 'heartbeat':
      case 'paused':
      case 'tick':
        break;
    }
  }

  /** Somebody switches a guest off or pauses it. */
  onWish(truth: GuestTruth): void {
    if (this.#courses.get(truth.guest.uuid)?.acting) this.#contested.add(truth);
  }

  /** A worker asks libvirt to destroy it. */
  onDestroyAsked(truth: GuestTruth): void {
    const { name } = truth;
    if (!truth.guest.active) return;
    const wellForMs = truth.wellForMs();
    this.#courseOf(truth, 'stopped');
    if (!truth.everBroken && !this.#world.mayBeUnheard(truth))
      this.accuse(`${name} was stopped by a recovery, and this life of it never failed`);
    else if (wellForMs !== null && wellForMs > this.#hearingLagMs(truth))
      this.accuse(`${name} was stopped by a recovery, and was well for ${wellForMs / 1000} s`);
    if (truth.condition() === 'wished-paused' && !this.#contested.has(truth))
      this.accuse(`${name} was stopped by a recovery, and somebody had paused it`);
  }

  /** For so long a worker need not know that the guest is well again. */
  #hearingLagMs(truth: GuestTruth): number {
    const isTold = truth.healedAudibly && !this.#world.mayBeUnheard(truth);
    return isTold ? audibleLagMs : this.#world.hearingLagMs();
  }

  onRecoveryStarts(truth: GuestTruth): void {
    const { name } = truth;
    this.#courseOf(truth, 'started');
    if (truth.condition() === 'wished-off' && !this.#contested.has(truth))
      this.accuse(`${name} was started by a recovery, and somebody had switched it off`);
    this.#contested.delete(truth);
    const { uuid } = truth.guest;
    const lives = (this.#livesMade.get(uuid) ?? 0) + 1;
    this.#livesMade.set(uuid, lives);
    const incidents = (this.#incidents.get(uuid)?.size ?? 0) + (this.#unfiled.get(uuid) ?? 0);
    const allowed = incidents + (this.#hardRebooted.get(uuid)?.size ?? 0);
    if (lives > allowed) this.accuse(`${name} was given its new life ${lives} by recoveries, of ${allowed}`);
  }

  #onUnfiled(uuid: string, claim: Claim, truth: GuestTruth | undefined): void {
    this.#unfiled.set(uuid, (this.#unfiled.get(uuid) ?? 0) + 1);
    const { id, instanceName } = claim.notification;
    if (truth && truth.condition() === 'well')
      this.accuse(`#${id} takes ${instanceName} for failed again, and it is well`);
  }

  #courseOf(truth: GuestTruth, done: string): void {
    if (!this.#courses.has(truth.guest.uuid))
      this.accuse(`${truth.name} was ${done} by a recovery, and none of it is under way`);
  }

  #onActBegun(claim: Claim, { act }: Event<'act-begun'>, truth: GuestTruth | undefined): void {
    const { id, instanceName, instanceUuid } = claim.notification;
    const course = this.#courses.get(instanceUuid ?? '');
    if (act === 'hard-reboot') addTo(this.#hardRebooted, instanceUuid ?? '', String(id));
    if (act !== 'start' && course) course.stopped = true;
    // A start that ends our own stop, or finds that it is ended.
    if (act === 'start' && (course?.stopped || truth?.condition() !== 'dead')) return;
    const { nowMs, pausedSinceMs, observingSinceMs } = this.#world;
    const heldSince = {
      'while recoveries are paused': pausedSinceMs(),
      'in observe mode': observingSinceMs(),
    };
    for (const [when, sinceMs] of Object.entries(heldSince))
      if (sinceMs !== null && nowMs() - sinceMs > onItsWayMs)
        this.accuse(`#${id} begins to ${act} ${instanceName} ${when}`);
  }

  #onEnded(claim: Claim, { status, rule }: Event<'ended'>, truth: GuestTruth | undefined): void {
    const { id, instanceName, incidentKey, payload } = claim.notification;
    if (rule === 'internal-error') this.accuse(`#${id} met a defect`);
    if (status !== 'finished' || !truth) return;
    const hadHeartbeat = payload.type === 'COMPUTE_INSTANCE' && payload.hadHeartbeat;
    // There was nothing to wait for, or nobody could tell.
    if (!hadHeartbeat && truth.condition() === 'booting') return;
    if (!truth.guest.agent.configured && truth.condition() === 'hung') return;
    if (!truth.wasWellSince(this.#spooledMs.get(incidentKey) ?? 0))
      this.accuse(`#${id} ended as finished by ${rule}, and ${instanceName} is ${truth.condition()}`);
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}
