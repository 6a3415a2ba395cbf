import type { Clock } from '@instance-ha/ports';

/**
 * Leaves a service alone that fails and fails.
 *
 *   closed ──`failureLimit` failures in a row──▶ open ──`openMs`──▶ half-open: one call may try
 *     ▲                                            ▲                     │
 *     └────────────────── it succeeds ─────────────┼─────────────────────┤
 *                                                  └────── it fails ─────┘
 */
export type BreakerState = 'closed' | 'open' | 'half-open';
export const breakerStates = ['closed', 'open', 'half-open'] as const satisfies readonly BreakerState[];

export type BreakerLimits = {
  /** Failures in a row that open it. Default 5. */
  failureLimit: number;
  /** How long nothing is asked of the service then. Default 5 000. */
  openMs: number;
};
export const defaultBreakerLimits: BreakerLimits = { failureLimit: 5, openMs: 5_000 };

export class Breaker {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: BreakerLimits;
  readonly #onChange: (state: BreakerState) => void;
  #failures = 0;
  #openedAtMs: number | undefined;
  #trying = false;

  constructor(options: {
    clock: Pick<Clock, 'monotonicMs'>;
    limits?: BreakerLimits | undefined;
    onChange?: (state: BreakerState) => void;
  }) {
    this.#clock = options.clock;
    this.#limits = options.limits ?? defaultBreakerLimits;
    this.#onChange = options.onChange ?? (() => {});
  }

  get state(): BreakerState {
    if (this.#openedAtMs === undefined) return 'closed';
    return this.#clock.monotonicMs() - this.#openedAtMs < this.#limits.openMs ? 'open' : 'half-open';
  }

  /** Whether a call may be made now. In `half-open` the first to ask makes the trial. Pair with one of the ends below. */
  admits(): boolean {
    switch (this.state) {
      case 'closed':
        return true;
      case 'open':
        return false;
      case 'half-open': {
        const free = !this.#trying;
        this.#trying = true;
        return free;
      }
    }
  }

  succeeded(): void {
    const wasClosed = this.#openedAtMs === undefined;
    this.#failures = 0;
    this.#openedAtMs = undefined;
    this.#trying = false;
    if (!wasClosed) this.#onChange('closed');
  }

  failed(): void {
    this.#trying = false;
    this.#failures += 1;
    // A call that was under way when it opened does not prolong it.
    if (this.#failures < this.#limits.failureLimit || this.state === 'open') return;
    this.#openedAtMs = this.#clock.monotonicMs();
    this.#onChange('open');
  }

  /** The call tells nothing about the service: its caller gave up. */
  abstained(): void {
    this.#trying = false;
  }
}
