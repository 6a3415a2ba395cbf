import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { identityOf } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { auditHandlers } from './audit.ts';
import type { Streams } from './events.ts';
import { guestHandlers } from './guests.ts';
import { hostHandlers } from './hosts.ts';
import { monitorHandlers } from './monitors.ts';
import { notificationHandlers } from './notifications.ts';
import { pauseHandlers } from './pause.ts';
import { segmentHandlers } from './segments.ts';
import { vmoveHandlers } from './vmoves.ts';
import { workerHandlers } from './workers.ts';

export function nativeHandlers(context: ApiContext, streams: Streams): RouterHandlers<typeof nativeContract> {
  return {
    notifications: notificationHandlers(context),
    guests: guestHandlers(context),
    monitors: monitorHandlers(context),
    workers: workerHandlers(context),
    pause: pauseHandlers(context),
    segments: segmentHandlers(context),
    hosts: hostHandlers(context),
    vmoves: vmoveHandlers(context),
    audit: auditHandlers(context),
    events: streams.handler,
    whoami: async ({ request }) => {
      const { name, scope, host } = identityOf(request);
      // Whom an operator's own rule let in looks, by our words.
      return { status: 200, body: { name, scope: scope ?? 'reader', host } };
    },
  };
}
