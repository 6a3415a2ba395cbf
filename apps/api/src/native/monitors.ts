import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { readRecording } from '@instance-ha/guest-health';
import type { MonitorRecord } from '@instance-ha/ports';
import { mustSpeakFor } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { cutPage, pageById } from './page-links.ts';

export function monitorHandlers(context: ApiContext): RouterHandlers<typeof nativeContract>['monitors'] {
  const { stores, clock, actionWaits, maxPage, monitorSilentAfterMs } = context;
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

    record: async ({ params, body, request }) => {
      mustSpeakFor(request, params.host);
      const read = readRecording(body.recording);
      if (typeof read === 'string') throw new RefusalError({ code: 'invalid-request', message: read });
      await stores.recordings.keep(params.host, read);
      return { status: 200, body: { kept: true } };
    },

    listActions: async ({ params, query }) => {
      const { limit, after } = pageById(query, maxPage);
      const found = await stores.actions.list(params, { limit: limit + 1, after });
      const { rows, ...end } = cutPage(found, {
        limit,
        path: `/v2/monitors/${params.host}/actions`,
        query,
        cursorOf: row => String(row.id),
      });
      return { status: 200, body: { actions: rows, ...end } };
    },

    takeActions: async ({ params: { host }, body, request }) => {
      mustSpeakFor(request, host);
      const untilMs = clock.monotonicMs() + body.waitMs;
      for (;;) {
        const afterId = actionWaits.position;
        const actions = await stores.actions.take(host);
        const waitMs = untilMs - clock.monotonicMs();
        if (actions.length > 0 || waitMs <= 0) return { status: 200, body: { actions } };
        if (!(await actionWaits.news(host, { afterId, waitMs }))) return { status: 200, body: { actions } };
      }
    },

    reportAction: async ({ params: { host, uuid }, body, request }) => {
      mustSpeakFor(request, host);
      return { status: 200, body: { taken: await stores.actions.report(uuid, host, body) } };
    },
  };
}

/** By the wall clock, because the database stamps `lastSeenAt`: the two should not differ by much more than a second. */
export const isSilent = (monitor: MonitorRecord, wallMs: number, silentAfterMs: number): boolean =>
  wallMs - Date.parse(monitor.lastSeenAt) > silentAfterMs;
