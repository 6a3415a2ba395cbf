import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { MonitorRecord } from '@instance-ha/ports';
import { mustSpeakFor } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';

export function monitorHandlers(context: ApiContext): RouterHandlers<typeof nativeContract>['monitors'] {
  const { stores, clock, monitorSilentAfterMs } = context;
  const shown = (monitor: MonitorRecord) => ({
    ...monitor,
    silent: isSilent(monitor, clock.wallMs(), monitorSilentAfterMs()),
  });
  return {
    list: async () => ({ status: 200, body: { monitors: (await stores.monitors.list()).map(shown) } }),

    get: async ({ params }) => {
      const monitor = await stores.monitors.get(params.host);
      if (!monitor)
        throw new RefusalError({
          code: 'not-found',
          message: `no monitor has ever reported from ${params.host}`,
        });
      return { status: 200, body: { monitor: shown(monitor) } };
    },

    report: async ({ params, body, request }) => {
      mustSpeakFor(request, params.host);
      if (body.host !== params.host)
        throw new RefusalError({
          code: 'invalid-request',
          message: 'the body speaks of another host than the path',
          details: [{ path: 'body.host', expected: params.host, found: body.host }],
        });
      return { status: 200, body: { taken: await stores.guests.report(body) } };
    },
  };
}

/** By the wall clock, because the database stamps `lastSeenAt`: the two should not differ by much more than a second. */
export const isSilent = (monitor: MonitorRecord, wallMs: number, silentAfterMs: number): boolean =>
  wallMs - Date.parse(monitor.lastSeenAt) > silentAfterMs;
