import type {
  ActOutcome,
  EvacuationAnswer,
  Evacuations,
  HostAct,
  HostInstances,
  HostSighting,
} from '@instance-ha/recovery';
import type { InstanceRef } from './instance-control.ts';

/** How long one question or act may take, and who may end it earlier. */
export type HostControlLimits = { timeoutMs: number; signal: AbortSignal };

/**
 * Hands on compute hosts and on what runs there, by a cloud that can evacuate: Nova. It records nothing: whoever asks for an
 * evacuation writes that down first, and after a restart lists what was begun before it asks again. Resolves for everything a
 * running cloud can do; rejects only when `signal` aborts.
 */
export interface HostControl {
  look(host: string, limits: HostControlLimits): Promise<HostSighting>;

  /**
   * | act                  | afterwards                                                                              |
   * | -------------------- | --------------------------------------------------------------------------------------- |
   * | `put-out-of-service` | nothing is placed there, and the cloud takes it as dead: evacuations are allowed         |
   * | `allow-up`           | its compute service counts as up again when it reports; not before the remains of every evacuation are cleared: until then `failed` |
   * | `disable`            | nothing is placed there; what runs there is left alone, and it does not count as dead     |
   * | `enable`             | instances may be placed there again                                                     |
   *
   * `reason` is what operators read; one that somebody gave before stays.
   */
  act(act: HostAct, host: string, options: HostControlLimits & { reason: string }): Promise<ActOutcome>;

  /** Every instance the cloud has on this host, of all projects; none of a host it does not know. */
  instancesOf(host: string, limits: HostControlLimits): Promise<HostInstances>;

  /**
   * Asks for one evacuation. `ref.host` is where the instance is to be taken from; `target` null: the cloud chooses. Does not wait
   * for it.
   */
  evacuate(
    ref: InstanceRef,
    options: HostControlLimits & { target: string | null },
  ): Promise<EvacuationAnswer>;

  /** The evacuations from this host, the newest first, in one listing. `since`: only those changed at or after that instant. */
  evacuationsFrom(host: string, options: HostControlLimits & { since: Date | null }): Promise<Evacuations>;

  /** Keeps people's hands off an instance. One that is locked already stays locked as it is, and is `done`. */
  lock(instanceUuid: string, options: HostControlLimits & { reason: string }): Promise<ActOutcome>;

  /**
   * Writes into the cloud's books that the instance is in ERROR, or active, and ends the task it is in; touches nothing that
   * runs. What is neither active, stopped nor in ERROR can be evacuated only after that.
   */
  resetState(
    instanceUuid: string,
    options: HostControlLimits & { state: 'active' | 'error' },
  ): Promise<ActOutcome>;

  /**
   * Brings power and lock back to what they were: touches only what differs, wherever the instance is now, and is `done` when
   * that was seen. Absent keys are left as they are.
   */
  restore(
    instanceUuid: string,
    options: HostControlLimits & { running?: boolean; locked?: boolean },
  ): Promise<ActOutcome>;

  close(): Promise<void>;
}
