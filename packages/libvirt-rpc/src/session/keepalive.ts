/**
 * Is the other side still there? After `intervalMs` without a byte from it a PING goes out; each further
 * silent interval costs one of `count` tries; then it is dead, `(count + 1) × intervalMs` after its last
 * byte. Any traffic counts as life and fills the tries again.
 *
 * The same rule as libvirt's own (`src/rpc/virkeepalive.c`), so both ends agree on who is dead when.
 */

import type { Timers } from '../timers.ts';

export type KeepalivePolicy = {
  /** Silence before the first PING, and between two. */
  intervalMs: number;
  /** PINGs that may stay unanswered. */
  count: number;
};

export type Keepalive = {
  /** Something arrived. */
  heard: () => void;
  stop: () => void;
};

export type KeepaliveOptions = KeepalivePolicy & { timers: Timers; ping: () => void; dead: () => void };

export function startKeepalive(options: KeepaliveOptions): Keepalive {
  const { timers, intervalMs, count } = options;
  let quietSinceMs = timers.nowMs();
  let triesLeft = count;
  let timer: unknown = timers.setTimeout(onTimer, intervalMs);

  function onTimer(): void {
    const remainingMs = quietSinceMs + intervalMs - timers.nowMs();
    if (remainingMs > 0) {
      timer = timers.setTimeout(onTimer, remainingMs);
      return;
    }
    if (triesLeft === 0) {
      options.dead();
      return;
    }
    triesLeft -= 1;
    quietSinceMs = timers.nowMs();
    timer = timers.setTimeout(onTimer, intervalMs);
    options.ping();
  }

  return {
    heard: () => {
      quietSinceMs = timers.nowMs();
      triesLeft = count;
    },
    stop: () => timers.clearTimeout(timer),
  };
}
