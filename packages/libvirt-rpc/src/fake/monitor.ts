/**
 * QEMU's monitor as libvirt uses it: one job at a time. While it is stuck (QEMU stopped by a signal) the
 * first job hangs until it comes back, and each further one gives up after 30 s (QEMU_JOB_WAIT_TIME in
 * libvirt `src/hypervisor/domain_job.c`).
 */

import type { Timers } from '../timers.ts';
import { failures } from './failure.ts';

const jobWaitMs = 30_000;

export class FakeMonitor {
  readonly #timers: Timers;
  #stuck = false;
  #heldSinceMs: number | undefined;
  #released = Promise.withResolvers<void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get stuck(): boolean {
    return this.#stuck;
  }

  /** How long a job has hung here; undefined when none does. */
  heldForMs(): number | undefined {
    return this.#heldSinceMs === undefined ? undefined : this.#timers.nowMs() - this.#heldSinceMs;
  }

  set(condition: 'ok' | 'stuck'): void {
    this.#stuck = condition === 'stuck';
    if (this.#stuck) return;
    this.#heldSinceMs = undefined;
    this.#released.resolve();
    this.#released = Promise.withResolvers<void>();
  }

  /** The libvirtd that waited here is gone, and its jobs with it; QEMU is as stuck as before. */
  forgetJobs(): void {
    this.#heldSinceMs = undefined;
    this.#released = Promise.withResolvers<void>();
  }

  /**
   * Whether there was a command's turn within libvirt's patience: `noWait` (BeginJobNowait) none at all when another job
   * holds it. The job that gets in, `noWait` or not, then hangs with QEMU.
   */
  async tryUse({ noWait }: { noWait: boolean }): Promise<boolean> {
    if (noWait && this.#heldSinceMs !== undefined) return false;
    return this.use().then(
      () => true,
      () => false,
    );
  }

  /** Resolves when a command could be given. */
  async use(): Promise<void> {
    if (!this.#stuck) return;
    if (this.#heldSinceMs === undefined) {
      this.#heldSinceMs = this.#timers.nowMs();
      return this.#released.promise;
    }
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = this.#timers.setTimeout(() => reject(failures.stateChangeLock()), jobWaitMs);
    try {
      await Promise.race([this.#released.promise, promise]);
    } finally {
      this.#timers.clearTimeout(timer);
    }
  }
}
