import type { InstanceAct, InstanceActOutcome, InstanceSighting } from '@instance-ha/recovery';

export type InstanceRef = { instanceUuid: string; host: string };

/**
 * Hands on instances: libvirt alone or Nova. Resolves for everything a running cloud can do; rejects only when
 * `signal` aborts.
 */
export interface InstanceControl {
  look(ref: InstanceRef, options: { timeoutMs: number; signal: AbortSignal }): Promise<InstanceSighting>;
  /**
   * Does one act and verifies it. `life` is the boot that failed: where the instance meanwhile runs another life,
   * `stop` and `hard-reboot` touch nothing and answer `refused`. `stop` of a stopped and `start` of a running
   * instance are `done`. `evacuate` rebuilds it on another host and makes it run there, whatever `life` says: whether the
   * failed one is certainly gone is for the caller to know. It touches nothing while its host counts as up, and is `done`
   * for one that is on another host and runs; where there is no other host it is `refused`.
   */
  act(
    act: InstanceAct,
    ref: InstanceRef,
    options: { life: string | null; timeoutMs: number; signal: AbortSignal },
  ): Promise<InstanceActOutcome>;
  close(): Promise<void>;
}
