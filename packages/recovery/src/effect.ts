import type { EvacuationAsk } from './event.ts';
import type { HostAct } from './host-subject.ts';
import type { MonitorActionKind } from './process-subject.ts';
import type { RecoveryEndStatus, RecoveryRule } from './rule.ts';
import type { HeartbeatSighting, InstanceAct } from './subject.ts';

/** How a recovery ends: `reason` is one plain sentence; `retryInMs` is given with `error` only. */
export type RecoveryEnd = {
  status: RecoveryEndStatus;
  rule: RecoveryRule;
  reason: string;
  retryInMs?: number;
};

/**
 * What the worker must now do. A decision asks for one thing at a time, and what it did comes back as an event:
 *
 * | effect            | answered by                                                                            |
 * | ----------------- | -------------------------------------------------------------------------------------- |
 * | `look`            | `looked`                                                                               |
 * | `ask-budget`      | `budget`                                                                               |
 * | `await-heartbeat` | `heartbeat`: at once when heard, or when the sighting is not `known`, else at `untilMs` |
 * |                   | or `tick` when something else happened to the instance, e.g. a further notification     |
 * | `await-further`   | `further`: at once when a further notification of the instance waits, else at `untilMs` |
 * | `act`             | `act-begun`, stored BEFORE the act is done; then `act-ended`. Or `paused`              |
 * | `ask-context`     | `host-context`                                                                         |
 * | `take-turn`       | `turn`                                                                                 |
 * | `look-host`       | `host-looked`                                                                          |
 * | `host-act`        | `host-act-begun`, stored BEFORE the act is done; then `host-act-ended`. Or `paused`      |
 * | `list-instances`  | `instances`                                                                            |
 * | `evacuate`        | `evacuations-begun`, stored BEFORE any is asked for; then `evacuations-asked`. Or `paused` |
 * | `list-evacuations`| `evacuations`                                                                          |
 * | `restore`         | `restored`                                                                             |
 * | `ask-process-context` | `process-context`                                                                  |
 * | `monitor-act`     | `monitor-act-begun`, stored BEFORE it is asked; then `monitor-act-ended`. Or `paused`   |
 * | `look-service`    | `service-looked`                                                                       |
 * | `service-act`     | `service-act-begun`, stored BEFORE the act is done; then `service-act-ended`. Or `paused` |
 * | `wait`            | `tick` at `untilMs`; at once when what it waits for may have come: the pause is lifted, |
 * |                   | somebody ruled, a turn is free                                                         |
 * | `end`             | `ended`                                                                                |
 *
 * Before any but `end` is carried out an operator's abort may be told: `aborted`. What follows from that takes its place.
 */
export type RecoveryEffect =
  | { type: 'look' }
  | { type: 'ask-budget'; windowMs: number }
  | {
      type: 'await-heartbeat';
      untilMs: number;
      known: Exclude<HeartbeatSighting['heartbeat'], 'heard'> | null;
      /** An answer in this boot, as the monitor names it, is none: it came before our restart. */
      notInBoot: string | null;
    }
  | { type: 'await-further'; untilMs: number }
  /**
   * `life` is the boot it is meant for, null when it cannot be told. Where `mayHold` is true and somebody has paused all
   * recoveries, nothing is done and `paused` is the answer; false for the start that ends our own stop.
   */
  | { type: 'act'; act: InstanceAct; life: string | null; attempt: number; mayHold: boolean }
  | { type: 'ask-context' }
  | { type: 'take-turn'; most: number }
  | { type: 'look-host' }
  | { type: 'host-act'; act: HostAct; host: string; attempt: number; mayHold: boolean }
  | { type: 'list-instances' }
  | { type: 'evacuate'; asks: EvacuationAsk[] }
  | { type: 'list-evacuations' }
  | { type: 'restore'; wishes: { instanceUuid: string; running?: boolean }[] }
  | { type: 'ask-process-context'; windowMs: number }
  /** Asking with a number that was asked before asks nothing new: it awaits the same answer. */
  | {
      type: 'monitor-act';
      kind: MonitorActionKind;
      number: number;
      /** The process that is meant, as it was seen last; null: none was seen. A restart leaves any other alone. */
      life: string | null;
      takeWithinMs: number;
      doneWithinMs: number;
      mayHold: boolean;
    }
  | { type: 'look-service' }
  | { type: 'service-act'; act: 'disable' | 'enable'; mayHold: boolean }
  /** `held`: ends early when somebody rules about it. `turn`: until a host may be evacuated. `poll`: between two listings. */
  | {
      type: 'wait';
      untilMs: number;
      why: 'retry' | 'busy' | 'pause' | 'held' | 'turn' | 'poll';
      detail?: string;
    }
  | { type: 'end'; end: RecoveryEnd };
