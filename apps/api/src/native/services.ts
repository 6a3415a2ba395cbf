import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';
import { knownServices } from '../rollout/known-services.ts';

export const serviceHandlers = ({
  stores,
  clock,
  monitorSilentAfterMs,
}: ApiContext): RouterHandlers<typeof nativeContract>['services'] => ({
  list: async () => {
    const services = await knownServices(stores, {
      nowMs: clock.wallMs(),
      monitorSilentAfterMs: monitorSilentAfterMs(),
    });
    return { status: 200, body: { services } };
  },
});
