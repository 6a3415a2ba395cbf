import { z } from 'zod';

/**
 * What a cloud's books say of one compute host.
 *
 * `up`: the cloud believes its compute service to run; it learns of a death late (Nova: after a minute), unless it is told by
 * `forcedDown`. `enabled`: new instances may be placed there. `detail` is in the cloud's own words.
 */
export const HostSighting = z.discriminatedUnion('seen', [
  z.object({
    seen: z.literal('host'),
    up: z.boolean(),
    enabled: z.boolean(),
    disabledReason: z.string().nullable(),
    forcedDown: z.boolean(),
    detail: z.string(),
    /** When the cloud heard its compute service last, in the cloud's words: another text is a later report. */
    reportedAt: z.string().nullable().optional(),
  }),
  z.object({ seen: z.literal('nothing'), detail: z.string() }),
  z.object({ seen: z.literal('could-not-look'), detail: z.string() }),
]);
export type HostSighting = z.infer<typeof HostSighting>;

/** What may be done to a host's place in the cloud's books. Each is safe to ask twice. */
export const hostActs = ['put-out-of-service', 'allow-up', 'enable', 'disable'] as const;
export const HostAct = z.enum(hostActs);
export type HostAct = z.infer<typeof HostAct>;

/**
 * One instance of a host, by the cloud's books. `vmState` and `taskState` are Nova's words. `running`: whether it ran when
 * that was noted last; null where nothing is noted.
 */
export const HostInstance = z.object({
  instanceUuid: z.string(),
  name: z.string().nullable(),
  vmState: z.string(),
  taskState: z.string().nullable(),
  running: z.boolean().nullable(),
  locked: z.boolean(),
  lockedReason: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
});
export type HostInstance = z.infer<typeof HostInstance>;

/** All of them, or none: a listing cut short is no listing. */
export const HostInstances = z.discriminatedUnion('listed', [
  z.object({ listed: z.literal(true), instances: z.array(HostInstance) }),
  z.object({ listed: z.literal(false), detail: z.string() }),
]);
export type HostInstances = z.infer<typeof HostInstances>;

/**
 * What came of asking for an evacuation.
 *
 * | answer             | what is known                                                                              |
 * | ------------------ | ------------------------------------------------------------------------------------------ |
 * | `accepted`         | it was begun. Whether it comes about, only the listing of evacuations tells                |
 * | `under-way`        | one goes on already: nothing was asked                                                     |
 * | `moved`            | it is on another host than the one named: nothing was asked                                |
 * | `no-such-instance` |                                                                                            |
 * | `source-in-use`    | the cloud still believes the host to be up: put it out of service first                    |
 * | `no-such-target`   | the target is no compute host                                                              |
 * | `refused`          | in this state of the instance, or to us: asking again the same way will not help           |
 * | `failed`           | it was not begun, and may be asked again                                                   |
 * | `in-doubt`         | it may or may not have begun: list the evacuations before asking again                     |
 */
export const evacuationAnswers = [
  'accepted',
  'under-way',
  'moved',
  'no-such-instance',
  'source-in-use',
  'no-such-target',
  'refused',
  'failed',
  'in-doubt',
] as const;
export const EvacuationAnswer = z.object({ answer: z.enum(evacuationAnswers), detail: z.string() });
export type EvacuationAnswer = z.infer<typeof EvacuationAnswer>;

/**
 * One evacuation, by the cloud's books. `moved`: the instance is on its new host; the old one may still have remains of it, and
 * may not come back before they are gone (`cleared`). `status` is Nova's word. Instants are ISO 8601, by the cloud's clock.
 */
export const Evacuation = z.object({
  uuid: z.string(),
  instanceUuid: z.string(),
  progress: z.enum(['running', 'moved', 'cleared', 'failed']),
  status: z.string(),
  targetHost: z.string().nullable(),
  startedAt: z.string(),
  updatedAt: z.string().nullable(),
});
export type Evacuation = z.infer<typeof Evacuation>;

export const Evacuations = z.discriminatedUnion('listed', [
  z.object({ listed: z.literal(true), evacuations: z.array(Evacuation) }),
  z.object({ listed: z.literal(false), detail: z.string() }),
]);
export type Evacuations = z.infer<typeof Evacuations>;
