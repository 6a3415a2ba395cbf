import {
  type DomainRef,
  type LibvirtConnection,
  LibvirtError,
  RunningReason,
} from '@instance-ha/libvirt-rpc';
import type { InstanceRef } from '@instance-ha/ports';
import type { ActOutcome, InstanceAct } from '@instance-ha/recovery';
import type { Bounds } from './bounds.ts';
import { describe, lifeOf, type SeenDomain, type SeenInstance, toSighting } from './sighting.ts';

/** One act in progress. `doing` is what an error or the end of the time interrupts, for the detail. */
export type Acting = {
  connection: LibvirtConnection;
  ref: InstanceRef;
  /** The boot that failed; null: it was off, so any boot that runs now is another one. */
  life: string | null;
  bounds: Bounds;
  doing: string;
};

/** Looks one domain up, undefined when there is none. Rejects with `LibvirtError`. */
export async function find(acting: Omit<Acting, 'life' | 'doing'>): Promise<SeenDomain | undefined> {
  const { connection, ref, bounds } = acting;
  try {
    const domain = await connection.lookupByUuid(ref.instanceUuid, call(bounds));
    return { domain, ...(await connection.domainState(domain, call(bounds))) };
  } catch (error) {
    if (isCode(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * Which calls, in which order, from which state:
 *
 * `evacuate` is always refused: libvirt alone knows no other host.
 *
 * | state                    | stop               | start                     | hard-reboot                       |
 * | ------------------------ | ------------------ | ------------------------- | --------------------------------- |
 * | running, the failed life | destroy, look      | done                      | destroy, look, create, look       |
 * | running, another life    | refused            | done                      | refused                           |
 * | paused or crashed        | destroy, look      | refused: stop it first    | destroy, look, create, look       |
 * | busy                     | failed             | failed                    | failed                            |
 * | off                      | done               | create, look              | create, look                      |
 * | transient and active     | refused            | as running or paused      | refused                           |
 * | no such domain           | refused            | refused                   | refused                           |
 *
 * A destroy is always `virDomainDestroy`, which kills a QEMU that hangs as well (SIGTERM, SIGKILL after 10 s); a reset asks
 * the monitor, which a hung QEMU never answers. A paused guest is never resumed: its disk or watchdog stopped it.
 *
 * Between the look that compares the lives and the destroy lies one round trip: libvirt has no call that does both.
 */
export const acts: Readonly<Record<InstanceAct, (acting: Acting) => Promise<ActOutcome>>> = {
  stop: async acting => {
    const seen = await find(acting);
    if (!seen) return noSuchDomain(acting);
    if (isOff(seen)) return done(`is off: ${describe(seen)}`);
    return powerOff(acting, seen);
  },
  start: async acting => {
    const seen = await find(acting);
    return seen ? powerOn(acting, seen) : noSuchDomain(acting);
  },
  'hard-reboot': async acting => {
    const seen = await find(acting);
    if (!seen) return noSuchDomain(acting);
    if (isOff(seen)) return powerOn(acting, seen);
    const off = await powerOff(acting, seen);
    if (off.outcome !== 'done') return off;
    const now = await find(acting);
    return now ? powerOn(acting, now) : noSuchDomain(acting);
  },
  evacuate: async () => refused('libvirt alone knows no other host to run it on'),
};

async function powerOff(acting: Acting, seen: SeenDomain): Promise<ActOutcome> {
  const { connection, life, bounds } = acting;
  const id = lifeOf(seen.domain);
  if (id !== life) return anotherLife(acting, seen);
  if (stateOf(seen) === 'busy') return failed(`another operation holds it: ${describe(seen)}`);
  if (await isTransient(acting, seen.domain)) return transient(seen);

  acting.doing = `destroying life ${id} (a QEMU that hangs takes about 10 s)`;
  try {
    await connection.destroy(seen.domain, call(bounds));
  } catch (error) {
    // It ended by itself meanwhile: the look below tells.
    if (!isCode(error, 'operation-invalid') && !isCode(error, 'not-found')) throw error;
  }
  acting.doing = 'looking whether it is off';
  const now = await find(acting);
  if (!now) return done('is off and gone: it was transient');
  if (isOff(now)) return done(`was ${describe(seen)}, is ${describe(now)}`);
  return lifeOf(now.domain) === id
    ? failed(`was destroyed and is still ${describe(now)}`)
    : refused(`was destroyed, and somebody started it again: life ${lifeOf(now.domain)} is ${describe(now)}`);
}

async function powerOn(acting: Acting, seen: SeenDomain): Promise<ActOutcome> {
  if (!isOff(seen)) return alreadyOn(seen);

  const born = await giveLife(acting, seen);
  if (!('domain' in born)) return born;
  const restoredNow = born.reason === RunningReason.RESTORED;
  const mute = !restoredNow && (await isMute(acting, born));
  const now = mute ? await beginAgain(acting, born) : born;
  if (!('domain' in now)) return now;
  const how = [
    now.reason === RunningReason.RESTORED ? ', restored from its saved state' : '',
    mute ? `, begun again because libvirt had lost the agent of life ${lifeOf(born.domain)}` : '',
  ].join('');
  return done(`runs as life ${lifeOf(now.domain)}${how}: ${describe(now)}`);
}

/** Creates it and looks whether it runs; the outcome when it does not, or when somebody was faster. */
async function giveLife(acting: Acting, seen: SeenDomain): Promise<SeenDomain | ActOutcome> {
  const { connection, bounds } = acting;
  acting.doing = 'starting it';
  try {
    await connection.create(seen.domain, call(bounds));
  } catch (error) {
    if (!isCode(error, 'operation-invalid')) throw error;
    const other = await find(acting); // Somebody was faster.
    return other && !isOff(other) ? alreadyOn(other) : failed(words(error));
  }
  acting.doing = 'looking whether it runs';
  const now = await find(acting);
  if (!now) return failed('was started and is gone');
  return stateOf(now) === 'running' ? now : failed(`was started and is ${describe(now)}`);
}

/**
 * Whether libvirt has closed its ears to this life's agent. A command that was in flight when QEMU ended can leave the mark
 * of its failure on the domain, over a start (seen on libvirt 9.0): the guest runs, and its agent is "not available due to an
 * error" for as long as this life lasts. A guest that only boots is "not connected".
 */
async function isMute({ connection }: Acting, { domain }: SeenDomain): Promise<boolean> {
  try {
    await connection.agentPing(domain, { timeoutMs: 1000, deadlineMs: 3000 });
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes('not available due to an error');
  }
}

/** A life that was just begun is ended and begun again, once: the mark goes with a start that no command overlaps. */
async function beginAgain(acting: Acting, born: SeenDomain): Promise<SeenDomain | ActOutcome> {
  const { connection, bounds } = acting;
  acting.doing = 'starting it again, because libvirt had lost its agent';
  await connection.destroy(born.domain, call(bounds));
  const off = await find(acting);
  if (!off) return failed('was started and is gone');
  return isOff(off) ? giveLife(acting, off) : alreadyOn(off);
}

/** A transient domain ceases to be when it stops: whoever stops it can never start it again. */
async function isTransient({ connection, bounds }: Acting, domain: DomainRef): Promise<boolean> {
  const filter = { active: true, persistent: true };
  const persistent = await connection.listDomains(filter, call(bounds));
  return !persistent.some(one => one.uuid === domain.uuid);
}

function alreadyOn(seen: SeenDomain): ActOutcome {
  const life = lifeOf(seen.domain);
  switch (stateOf(seen)) {
    case 'running':
      return done(`runs already as life ${life}: ${describe(seen)}`);
    case 'busy':
      return failed(`another operation holds it: ${describe(seen)}`);
    default:
      return refused(`life ${life} is ${describe(seen)} and holds its resources: it must be stopped first`);
  }
}

function anotherLife({ life }: Acting, seen: SeenDomain): ActOutcome {
  const meant = life === null ? 'it was off' : `life ${life} failed`;
  return refused(`${meant}, and now life ${lifeOf(seen.domain)} is ${describe(seen)}: not touched`);
}

const transient = (seen: SeenDomain): ActOutcome =>
  refused(
    `is ${describe(seen)} and transient: it has no stored definition, so stopping it would lose it for ever`,
  );

const noSuchDomain = ({ ref }: Acting): ActOutcome =>
  refused(
    `libvirt of ${ref.host} has no domain ${ref.instanceUuid}: never defined there, moved, or transient and gone`,
  );

const isOff = ({ domain }: SeenDomain): boolean => domain.id < 0;

function stateOf(seen: SeenDomain): SeenInstance['state'] | undefined {
  const sighting = toSighting(seen);
  return sighting.seen === 'instance' ? sighting.state : undefined;
}

const call = (bounds: Bounds) => ({ signal: bounds.signal, timeoutMs: bounds.remainingMs() });
const isCode = (error: unknown, code: LibvirtError['code']): boolean =>
  LibvirtError.isInstance(error) && error.code === code;
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const refused = (detail: string): ActOutcome => ({ outcome: 'refused', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
