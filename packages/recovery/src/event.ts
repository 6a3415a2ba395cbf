import { z } from 'zod';
import { HostContext } from './host/context.ts';
import { EvacuationAnswer, Evacuations, HostAct, HostInstances, HostSighting } from './host-subject.ts';
import { ProcessContext } from './process/context.ts';
import { MonitorActionKind, MonitorAnswer } from './process-subject.ts';
import { recoveryEndStatuses, recoveryRules } from './rule.ts';
import {
  ActOutcome,
  HeartbeatSighting,
  InstanceAct,
  InstanceActOutcome,
  InstanceSighting,
  RecoverySubject,
} from './subject.ts';

/** One evacuation to ask for: `target` null where the cloud chooses; `reset`: its books must say ERROR first. */
export const EvacuationAsk = z.object({
  instanceUuid: z.string(),
  target: z.string().nullable(),
  reset: z.boolean(),
});
export type EvacuationAsk = z.infer<typeof EvacuationAsk>;

/** Who ruled, and why if they said so. */
export const Ruled = z.object({ by: z.string(), reason: z.string().nullable() });
export type Ruled = z.infer<typeof Ruled>;

/**
 * One recorded fact of a recovery. The journal holds them in order; folding them gives the state again.
 *
 * `atMs` counts from the moment the notification was accepted, by the database's clock and between claims by the
 * worker's monotonic one: facts of several workers lie on one line of time, and no jump of a wall clock moves a deadline.
 *
 * The database counts the restarts of an instance by the `act-begun` facts of its other notifications.
 */
export const RecoveryEvent = z.discriminatedUnion('type', [
  /** A worker begins, for the first time, anew after `error`, or by an operator's `retry` of one that ended. `policy` is for replay and readers: `decide` follows its argument. */
  z.object({
    type: z.literal('begun'),
    atMs: z.number(),
    subject: RecoverySubject,
    policy: z.record(z.string(), z.unknown()),
    retry: Ruled.optional(),
  }),
  /** An operator wants no more of it: what was begun is brought to a safe end, nothing further is begun. */
  z.object({ type: z.literal('aborted'), atMs: z.number(), ...Ruled.shape }),
  /** A worker goes on where another one stopped or died: an act that was begun and not ended is in doubt. */
  z.object({ type: z.literal('taken-over'), atMs: z.number(), worker: z.string() }),
  z.object({ type: z.literal('looked'), atMs: z.number(), sighting: InstanceSighting }),
  /** How many milliseconds ago each restart of this instance for other incidents was begun. */
  z.object({ type: z.literal('budget'), atMs: z.number(), restartsAgoMs: z.array(z.number()) }),
  z.object({ type: z.literal('heartbeat'), atMs: z.number(), sighting: HeartbeatSighting }),
  /** Whether a further notification of this instance was filed, after the boot we made had failed. */
  z.object({ type: z.literal('further'), atMs: z.number(), filed: z.boolean() }),
  /** Stored before the act is done. `attempt` counts from 1. */
  z.object({
    type: z.literal('act-begun'),
    atMs: z.number(),
    act: InstanceAct,
    life: z.string().nullable(),
    attempt: z.number(),
  }),
  z.object({
    type: z.literal('act-ended'),
    atMs: z.number(),
    act: InstanceAct,
    ...InstanceActOutcome.shape,
  }),
  /** What the books of failover segments say of the failed host. */
  z.object({ type: z.literal('host-context'), atMs: z.number(), context: HostContext }),
  /** Whether this recovery has one of the turns to evacuate a host; `hosts`: those that have them all. */
  z.object({ type: z.literal('turn'), atMs: z.number(), taken: z.boolean(), hosts: z.array(z.string()) }),
  z.object({ type: z.literal('host-looked'), atMs: z.number(), sighting: HostSighting }),
  /** Stored before the act is done. `host` is the failed one, or a reserved one that is taken. */
  z.object({
    type: z.literal('host-act-begun'),
    atMs: z.number(),
    act: HostAct,
    host: z.string(),
    attempt: z.number(),
  }),
  z.object({
    type: z.literal('host-act-ended'),
    atMs: z.number(),
    act: HostAct,
    host: z.string(),
    ...ActOutcome.shape,
  }),
  z.object({ type: z.literal('instances'), atMs: z.number(), listing: HostInstances }),
  /** Stored before they are asked for. */
  z.object({ type: z.literal('evacuations-begun'), atMs: z.number(), asks: z.array(EvacuationAsk) }),
  z.object({
    type: z.literal('evacuations-asked'),
    atMs: z.number(),
    answers: z.array(EvacuationAnswer.extend({ instanceUuid: z.string() })),
  }),
  z.object({ type: z.literal('evacuations'), atMs: z.number(), listing: Evacuations }),
  z.object({
    type: z.literal('restored'),
    atMs: z.number(),
    results: z.array(ActOutcome.extend({ instanceUuid: z.string() })),
  }),
  /** What the books say of the host of a dead process. */
  z.object({ type: z.literal('process-context'), atMs: z.number(), context: ProcessContext }),
  /** Stored before the monitor is asked. `number` counts what this recovery asks of it, from 1. */
  z.object({
    type: z.literal('monitor-act-begun'),
    atMs: z.number(),
    kind: MonitorActionKind,
    number: z.number(),
  }),
  z.object({
    type: z.literal('monitor-act-ended'),
    atMs: z.number(),
    kind: MonitorActionKind,
    number: z.number(),
    ...MonitorAnswer.shape,
  }),
  /** What the cloud says of the host's compute service. */
  z.object({ type: z.literal('service-looked'), atMs: z.number(), sighting: HostSighting }),
  /** Stored before the act is done. */
  z.object({
    type: z.literal('service-act-begun'),
    atMs: z.number(),
    act: z.enum(['disable', 'enable']),
  }),
  z.object({
    type: z.literal('service-act-ended'),
    atMs: z.number(),
    act: z.enum(['disable', 'enable']),
    ...ActOutcome.shape,
  }),
  /** Somebody paused all recoveries; nothing was done and nothing will be before `untilMs`. */
  z.object({ type: z.literal('paused'), atMs: z.number(), reason: z.string(), untilMs: z.number() }),
  /** A wait is over, or something happened that ends it early. */
  z.object({ type: z.literal('tick'), atMs: z.number() }),
  z.object({
    type: z.literal('ended'),
    atMs: z.number(),
    status: z.enum(recoveryEndStatuses),
    rule: z.enum(recoveryRules),
    reason: z.string(),
    retryInMs: z.number().optional(),
  }),
]);
export type RecoveryEvent = z.infer<typeof RecoveryEvent>;

/**
 * Reads journal entries. One that is not understood (written by a newer version) is left out and named in `unknown`;
 * leaving it out is safe, because whoever goes on looks at the instance before doing anything to it.
 */
export function parseRecoveryEvents(journal: readonly { event: unknown }[]): {
  events: RecoveryEvent[];
  unknown: string[];
} {
  const events: RecoveryEvent[] = [];
  const unknown: string[] = [];
  for (const [index, entry] of journal.entries()) {
    const parsed = RecoveryEvent.safeParse(entry.event);
    if (parsed.success) events.push(parsed.data);
    else unknown.push(`journal entry ${index + 1}: ${z.prettifyError(parsed.error)}`);
  }
  return { events, unknown };
}

/** Only an `error` is begun again by itself, only an operator's retry leads out of another end, and nothing out of `finished`. */
export const mayBeginAgain = ({ status }: { status: string }, event: RecoveryEvent): boolean =>
  event.type === 'begun' && (status === 'error' || (status !== 'finished' && event.retry !== undefined));
