import type { Clock, InstanceRef } from '@instance-ha/ports';
import type { Bounds } from '../http/bounds.ts';
import type { NovaClient } from '../nova/nova-client.ts';
import type { NovaServer } from '../nova/wire.ts';
import { OpenStackError } from '../openstack-error.ts';

/** How often a server is looked at while Nova works on it: quick at first, then ever slower. */
export type Polling = {
  /** Before the first look. Default 30. */
  firstMs: number;
  /** Each pause is so many times the one before. Default 1.3. */
  growth: number;
  /** Longest pause. Default 1 000: a look of many servers at once starves a small nova-api. */
  longestMs: number;
};
export const defaultPolling: Polling = { firstMs: 30, growth: 1.3, longestMs: 1_000 };

export type Following = {
  nova: NovaClient;
  clock: Clock;
  polling: Polling;
  ref: InstanceRef;
  bounds: Bounds;
};

/** One look; undefined when Nova has no such server. Rejects with `OpenStackError`. */
export async function show({ nova, ref, bounds }: Following): Promise<NovaServer | undefined> {
  try {
    return await nova.showServer(ref.instanceUuid, callBounds(bounds));
  } catch (error) {
    if (OpenStackError.isInstance(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}

/**
 * Looks until Nova works on the server no longer: its task is over, for good or ill. Nova notes a task before it accepts an
 * act, so the first look already shows it. Looks that fail and may succeed later are made again. Ends with `bounds`.
 */
export async function settled(following: Following): Promise<NovaServer | undefined> {
  const { clock, polling, bounds } = following;
  for (let pauseMs = polling.firstMs; ; pauseMs = Math.min(polling.longestMs, pauseMs * polling.growth)) {
    await clock.sleep(pauseMs, bounds.signal);
    try {
      const server = await show(following);
      if (!server || server.taskState === null) return server;
    } catch (error) {
      if (!OpenStackError.isInstance(error) || !error.retryable) throw error;
    }
  }
}

export const callBounds = (bounds: Bounds): { timeoutMs: number; signal: AbortSignal } => ({
  timeoutMs: bounds.remainingMs(),
  signal: bounds.signal,
});
