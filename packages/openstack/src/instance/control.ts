import type { Clock, InstanceControl, InstanceRef, Logger } from '@instance-ha/ports';
import type { InstanceAct, InstanceActOutcome, InstanceSighting } from '@instance-ha/recovery';
import { excuse, isFinal } from '../excuse.ts';
import { type Bounds, startBounds } from '../http/bounds.ts';
import type { NovaClient } from '../nova/nova-client.ts';
import { type Acting, acts, see } from './acts.ts';
import { defaultPolling, type Polling } from './follow.ts';
import { hostServiceOf } from './host-service.ts';
import { createRecentSights } from './recent-sights.ts';
import { isSameHost } from './same-host.ts';
import { isGone, toSighting } from './sighting.ts';

export type NovaInstanceControlOptions = {
  nova: NovaClient;
  clock: Clock;
  log: Logger;
  polling?: Partial<Polling>;
};

type Limits = { timeoutMs: number; signal: AbortSignal };

/**
 * Hands on instances by Nova: a server's id is its domain's UUID. What is on another host than the one named is seen as nothing
 * and not touched. `close` leaves the client open: it may serve others.
 */
export function createNovaInstanceControl(options: NovaInstanceControlOptions): InstanceControl {
  const { nova, clock, log } = options;
  const polling = { ...defaultPolling, ...options.polling };
  const sights = createRecentSights(clock);

  async function within<T>(limits: Limits, work: (bounds: Bounds) => Promise<T>): Promise<T> {
    limits.signal.throwIfAborted();
    const bounds = startBounds({ ...limits, clock });
    try {
      return await work(bounds);
    } finally {
      bounds.end();
    }
  }

  async function look(ref: InstanceRef, limits: Limits): Promise<InstanceSighting> {
    return within(limits, async bounds => {
      const sinceMs = clock.monotonicMs();
      try {
        const seen = await see({ nova, clock, polling, ref, bounds });
        if (!seen) return { seen: 'nothing', detail: `Nova has no server ${ref.instanceUuid}` };
        const { server } = seen;
        const { host } = server;
        // One that was shelved away, or never came up, is on no host.
        if (host !== null && !isGone(server) && !isSameHost(host, ref.host)) {
          const detail = `it is on ${host} and no longer on ${ref.host}`;
          return { seen: 'nothing', detail, movedTo: host };
        }
        const hostService = await hostServiceOf({ nova, clock, polling, ref, bounds }, server);
        sights.keep(ref.instanceUuid, seen, sinceMs);
        return toSighting({ ...seen, hostService });
      } catch (error) {
        return {
          seen: 'could-not-look',
          detail: excuse(error, { bounds, doing: 'looking at it', ...limits }),
        };
      }
    });
  }

  async function doAct(
    act: InstanceAct,
    ref: InstanceRef,
    options: Limits & { life: string | null },
  ): Promise<InstanceActOutcome> {
    return within(options, async bounds => {
      const acting: Acting = {
        nova,
        clock,
        polling,
        ref,
        bounds,
        sights,
        life: options.life,
        doing: 'looking at it',
      };
      try {
        return await acts[act](acting);
      } catch (error) {
        const detail = excuse(error, { bounds, doing: acting.doing, ...options });
        return { outcome: isFinal(error) ? 'refused' : 'failed', detail };
      }
    });
  }

  return {
    look,
    async act(act, ref, limits) {
      const ended = await doAct(act, ref, limits);
      const { outcome, detail } = ended;
      log.info(
        { instance: ref.instanceUuid, host: ref.host, act, life: limits.life, outcome, detail },
        'act ended',
      );
      return ended;
    },
    close: async () => {},
  };
}
