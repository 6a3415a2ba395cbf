import type { Clock, HostControl, HostControlLimits, InstanceRef, Logger } from '@instance-ha/ports';
import type {
  ActOutcome,
  EvacuationAnswer,
  Evacuations,
  HostInstances,
  HostSighting,
} from '@instance-ha/recovery';
import { excuse, isFinal } from '../excuse.ts';
import { type Bounds, startBounds } from '../http/bounds.ts';
import { callBounds, defaultPolling, type Polling } from '../instance/follow.ts';
import { isSameHost } from '../instance/same-host.ts';
import type { NovaClient } from '../nova/nova-client.ts';
import type { NovaService } from '../nova/wire.ts';
import { OpenStackError } from '../openstack-error.ts';
import { evacuate } from './evacuate.ts';
import { hostActsOf } from './host-acts.ts';
import { lock, resetState, restore, type Tending } from './tend.ts';
import { toEvacuation, toHostInstance } from './wire-words.ts';

export type NovaHostControlOptions = {
  nova: NovaClient;
  clock: Clock;
  log: Logger;
  polling?: Partial<Polling>;
};

/** Hands on compute hosts by Nova. `close` leaves the client open: it may serve others. */
export function createNovaHostControl(options: NovaHostControlOptions): HostControl {
  const { nova, clock, log } = options;
  const polling = { ...defaultPolling, ...options.polling };

  /** `otherwise` makes the value of what a running cloud can do. */
  async function within<T>(
    limits: HostControlLimits,
    doing: string,
    work: (bounds: Bounds) => Promise<T>,
    otherwise: (detail: string, error: unknown) => T,
  ): Promise<T> {
    limits.signal.throwIfAborted();
    const bounds = startBounds({ ...limits, clock });
    try {
      return await work(bounds);
    } catch (error) {
      return otherwise(excuse(error, { bounds, doing, ...limits }), error);
    } finally {
      bounds.end();
    }
  }

  const actedOn = async (
    what: object,
    limits: HostControlLimits,
    doing: string,
    work: (bounds: Bounds) => Promise<ActOutcome>,
  ): Promise<ActOutcome> => {
    const outcome = await within<ActOutcome>(limits, doing, work, (detail, error) => ({
      outcome: isFinal(error) ? 'refused' : 'failed',
      detail,
    }));
    log.info({ ...what, ...outcome }, 'act ended');
    return outcome;
  };

  const tending = (instanceUuid: string, bounds: Bounds): Tending => ({
    nova,
    clock,
    polling,
    ref: { instanceUuid, host: '' },
    bounds,
  });

  return {
    look: async (host, limits) =>
      within<HostSighting>(
        limits,
        `looking at host ${host}`,
        async bounds => {
          const service = await serviceOf(nova, host, bounds);
          if (!service) return { seen: 'nothing', detail: `Nova has no nova-compute of host ${host}` };
          const { up, enabled, disabledReason, forcedDown, updatedAt: reportedAt } = service;
          const detail = describe(service);
          return { seen: 'host', up, enabled, disabledReason, forcedDown, detail, reportedAt };
        },
        detail => ({ seen: 'could-not-look', detail }),
      ),

    act: async (act, host, { reason, ...limits }) =>
      actedOn({ host, act }, limits, `putting ${act} on host ${host}`, async bounds => {
        const service = await serviceOf(nova, host, bounds);
        if (!service) return { outcome: 'refused', detail: `Nova has no nova-compute of host ${host}` };
        return hostActsOf({ nova, service, reason, bounds })[act]();
      }),

    instancesOf: async (host, limits) =>
      within<HostInstances>(
        limits,
        `listing the instances of host ${host}`,
        async bounds => ({
          listed: true,
          instances: (await nova.listServersOfHost(host, callBounds(bounds)))
            .filter(server => server.host !== null && isSameHost(server.host, host))
            .map(toHostInstance),
        }),
        detail => ({ listed: false, detail }),
      ),

    async evacuate(ref, { target, ...limits }) {
      const answer = await within<EvacuationAnswer>(
        limits,
        `asking for its evacuation from ${ref.host}`,
        bounds => evacuate({ nova, ref, target, bounds }),
        (detail, error) => ({ answer: isUnsent(error) ? 'failed' : 'in-doubt', detail }),
      );
      log.info({ ...toldOf(ref), target, ...answer }, 'evacuation asked for');
      return answer;
    },

    evacuationsFrom: async (host, { since, ...limits }) =>
      within<Evacuations>(
        limits,
        `listing the evacuations from host ${host}`,
        async bounds => {
          const filter = { sourceHost: host, ...(since === null ? {} : { since }) };
          const migrations = await nova.listEvacuations(filter, callBounds(bounds));
          return { listed: true, evacuations: migrations.map(toEvacuation) };
        },
        detail => ({ listed: false, detail }),
      ),

    lock: async (instanceUuid, { reason, ...limits }) =>
      actedOn({ instance: instanceUuid, act: 'lock' }, limits, 'locking it', bounds =>
        lock(tending(instanceUuid, bounds), reason),
      ),

    resetState: async (instanceUuid, { state, ...limits }) =>
      actedOn({ instance: instanceUuid, act: 'reset-state', state }, limits, 'resetting its state', bounds =>
        resetState(tending(instanceUuid, bounds), state),
      ),

    restore: async (instanceUuid, { running, locked, ...limits }) =>
      actedOn({ instance: instanceUuid, act: 'restore', running, locked }, limits, 'restoring it', bounds =>
        restore(tending(instanceUuid, bounds), { running, locked }),
      ),

    close: async () => {},
  };
}

const toldOf = ({ instanceUuid, host }: InstanceRef) => ({ instance: instanceUuid, host });

/** Nothing that was certainly not sent can have begun. */
const isUnsent = (error: unknown): boolean => OpenStackError.isInstance(error) && !error.sent;

/** Nova's filter knows exact names only; a monitor may know the host by its short or its full one. */
async function serviceOf(nova: NovaClient, host: string, bounds: Bounds): Promise<NovaService | undefined> {
  const [exact] = await nova.listComputeServices(host, callBounds(bounds));
  if (exact) return exact;
  const alike = (await nova.listComputeServices(null, callBounds(bounds))).filter(one =>
    isSameHost(one.host, host),
  );
  return alike.length === 1 ? alike[0] : undefined;
}

function describe({ up, enabled, disabledReason, forcedDown, updatedAt }: NovaService): string {
  return [
    `state ${up ? 'up' : 'down'}`,
    `status ${enabled ? 'enabled' : 'disabled'}`,
    ...(disabledReason === null ? [] : [`because "${disabledReason}"`]),
    ...(forcedDown ? ['forced_down'] : []),
    ...(updatedAt === null ? [] : [`updated ${updatedAt}`]),
  ].join(', ');
}
