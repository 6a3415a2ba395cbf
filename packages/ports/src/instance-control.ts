import type { ActOutcome, InstanceAct, InstanceSighting } from '@instance-ha/recovery';

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
   * instance are `done`.
   */
  act(
    act: InstanceAct,
    ref: InstanceRef,
    options: { life: string | null; timeoutMs: number; signal: AbortSignal },
  ): Promise<ActOutcome>;
  close(): Promise<void>;
}
