import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { identityOf } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import type { RolloutDriver } from '../rollout/driver.ts';
import type { WantedWatch } from '../rollout/wanted-watch.ts';
import { auditHandlers } from './audit.ts';
import { configurationHandlers } from './configuration.ts';
import type { Streams } from './events.ts';
import { guestHandlers } from './guests.ts';
import { hostHandlers } from './hosts.ts';
import { monitorHandlers } from './monitors.ts';
import { notificationHandlers } from './notifications.ts';
import { operationHandlers } from './operations.ts';
import { overviewHandlers } from './overview.ts';
import { pauseHandlers } from './pause.ts';
import { segmentHandlers } from './segments.ts';
import { serviceHandlers } from './services.ts';
import { vmoveHandlers } from './vmoves.ts';
import { workerHandlers } from './workers.ts';

type Handlers = RouterHandlers<typeof nativeContract>;

export function nativeHandlers(
  context: ApiContext,
  parts: {
    streams: Streams;
    session: Handlers['session'];
    rollout: { driver: RolloutDriver; watch: WantedWatch };
  },
): Handlers {
  const { streams, session, rollout } = parts;
  return {
    notifications: notificationHandlers(context),
    guests: guestHandlers(context),
    monitors: monitorHandlers(context),
    workers: workerHandlers(context),
    overview: overviewHandlers(context),
    pause: pauseHandlers(context),
    segments: segmentHandlers(context),
    hosts: hostHandlers(context),
    vmoves: vmoveHandlers(context),
    audit: auditHandlers(context),
    configuration: configurationHandlers(context, rollout),
    operations: operationHandlers(context, rollout.driver),
    services: serviceHandlers(context),
    events: streams.handler,
    session,
    whoami: async ({ request }) => {
      const { name, scope, host } = identityOf(request);
      // Whom an operator's own rule let in looks, by our words.
      return { status: 200, body: { name, scope: scope ?? 'reader', host } };
    },
  };
}
