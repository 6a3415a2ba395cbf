import type { Evidence, GuestFault, Handler, InstancePayload } from '@instance-ha/notification';

/** What the monitor must now do, in this order. */
export type GuestEffect =
  /** File a notification. The patrol adds host and wall clock. `sequence` numbers the incidents of one boot from 1. */
  | {
      type: 'notify';
      instanceUuid: string;
      instanceName: string;
      fault: GuestFault;
      handledBy: Handler;
      hadHeartbeat: boolean;
      boot: string;
      sequence: number;
      domainId: number | null;
      libvirtEvent: InstancePayload['libvirtEvent'];
      evidence: Evidence;
      /** Monotonic instants of the first sign of this incident and of the verdict. */
      faultAtMs: number;
      atMs: number;
    }
  /** The guest of this incident answered again. */
  | { type: 'heartbeat-back'; instanceUuid: string; boot: string; sequence: number; atMs: number }
  /** The host became suspect, or ceased to be; held guests are named. */
  | { type: 'host-gate'; suspect: boolean; silent: number; heard: number; held: string[]; atMs: number }
  /** Ask this guest now and do not wait for its turn. */
  | { type: 'ask'; instanceUuid: string; atMs: number }
  /** One line for the log: fixed words. */
  | {
      type: 'transition';
      instanceUuid: string;
      from: GuestPhase;
      to: GuestPhase;
      why: string;
      atMs: number;
    };

/**
 * What is believed of one guest; also what the API and the console show as its health.
 *
 * | phase         | meaning                                                                             |
 * | ------------- | ----------------------------------------------------------------------------------- |
 * | `unknown`     | just found; not yet looked at                                                        |
 * | `unmonitored` | has no agent channel: its crashes are seen, its silence is not                        |
 * | `unproven`    | runs, but has not answered since it started, rebooted or resumed                      |
 * | `alive`       | answered when last asked                                                              |
 * | `suspect`     | answered before, and missed since                                                     |
 * | `confirming`  | a sign of failure was seen and is given a moment to explain itself                    |
 * | `held`        | judged failed by its silence, but so are its neighbours: the host is suspect          |
 * | `failed`      | a notification was filed and the guest has not been heard since                       |
 * | `suspended`   | paused, saved or migrating by somebody's wish                                         |
 * | `stopped`     | off by somebody's wish, or for a cause nobody can tell                                |
 */
export const guestPhases = [
  'unknown',
  'unmonitored',
  'unproven',
  'alive',
  'suspect',
  'confirming',
  'held',
  'failed',
  'suspended',
  'stopped',
] as const;
export type GuestPhase = (typeof guestPhases)[number];

/** What is told of a guest: the same to the API, the log and the console. */
export type GuestView = {
  instanceUuid: string;
  instanceName: string;
  phase: GuestPhase;
  /** One sentence: why this phase. */
  why: string;
  sinceMs: number;
  lastBeatMs: number | null;
  misses: number;
  boot: string;
  domainId: number | null;
  profile: { agentChannel: boolean; panicDevice: boolean; watchdog: string | null } | null;
  /** The last incident of this guest, and when it was heard again after it. */
  incident: {
    boot: string;
    sequence: number;
    fault: GuestFault;
    heardAgainAtMs: number | null;
    /** The life in which it was heard again. */
    heardAgainBoot: string | null;
  } | null;
};
