import type { Logger, OperationStore } from '@instance-ha/ports';
import { advance } from '@instance-ha/rollout';

/**
 * Brings operations forward: at each turn of its loop, and at once when a service reported. Several processes may do so: each
 * decision is made in a transaction of its own, on what is known then.
 */
export class RolloutDriver {
  readonly #operations: OperationStore;
  readonly #log: Logger;
  #turning: Promise<void> | undefined;
  #again = false;

  constructor(options: { operations: OperationStore; log: Logger }) {
    this.#operations = options.operations;
    this.#log = options.log;
  }

  /** Looks at every open operation once more; resolves when that is done. */
  turn(): Promise<void> {
    if (this.#turning) this.#again = true;
    this.#turning ??= this.#turn().finally(() => {
      this.#turning = undefined;
    });
    return this.#turning;
  }

  /** The same, and nobody waits: what fails is tried again at the next turn of the loop. */
  nudge(): void {
    this.turn().catch((error: unknown) => this.#log.debug({ error }, 'operations were not looked at'));
  }

  async #turn(): Promise<void> {
    do {
      this.#again = false;
      for (const id of await this.#operations.open()) {
        let ended: string | undefined;
        const after = await this.#operations.advance(id, ({ operation, rows, members }) => {
          const decided = advance(operation, rows, members);
          ended = decided.end?.state;
          return decided;
        });
        if (ended !== undefined)
          this.#log.info({ operation: id, state: ended, result: after?.message }, 'an operation has ended');
      }
    } while (this.#again);
  }
}
