import type { ActOutcome, HostAct } from '@instance-ha/recovery';
import type { Bounds } from '../http/bounds.ts';
import { callBounds } from '../instance/follow.ts';
import type { NovaClient } from '../nova/nova-client.ts';
import type { NovaService } from '../nova/wire.ts';
import { OpenStackError } from '../openstack-error.ts';

/** Each act asks for what is missing only, in one PUT, and believes the answer's own words. */
export function hostActsOf(options: {
  nova: NovaClient;
  service: NovaService;
  reason: string;
  bounds: Bounds;
}): Readonly<Record<HostAct, () => Promise<ActOutcome>>> {
  const { nova, service, reason, bounds } = options;
  const update = async (change: Parameters<NovaClient['updateService']>[1]): Promise<NovaService> =>
    nova.updateService(service.id, change, callBounds(bounds));

  return {
    async 'put-out-of-service'() {
      if (!service.enabled && service.forcedDown) return done('is out of service already');
      const now = await update({
        ...(service.enabled ? { status: 'disabled', disabledReason: reason } : {}),
        ...(service.forcedDown ? {} : { forcedDown: true }),
      });
      return now.forcedDown && !now.enabled && !now.up
        ? done('is disabled and forced down')
        : failed(`was disabled and forced down, and Nova still says ${words(now)}`);
    },

    async 'allow-up'() {
      if (!service.forcedDown) return done('is not forced down');
      try {
        const now = await update({ forcedDown: false });
        return now.forcedDown ? failed(`Nova still says ${words(now)}`) : done('is no longer forced down');
      } catch (error) {
        // Remains of evacuated instances are still there: its nova-compute removes them when it starts.
        if (OpenStackError.isInstance(error) && error.code === 'bad-request')
          return failed(error.serviceMessage ?? error.message);
        throw error;
      }
    },

    async enable() {
      if (service.enabled) return done('is enabled already');
      const now = await update({ status: 'enabled' });
      return now.enabled ? done('is enabled') : failed(`Nova still says ${words(now)}`);
    },

    async disable() {
      if (!service.enabled) return done('is disabled already');
      const now = await update({ status: 'disabled', disabledReason: reason });
      return now.enabled ? failed(`Nova still says ${words(now)}`) : done('is disabled');
    },
  };
}

const words = ({ up, enabled, forcedDown }: NovaService): string =>
  `state ${up ? 'up' : 'down'}, status ${enabled ? 'enabled' : 'disabled'}, forced_down ${forcedDown}`;

const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
