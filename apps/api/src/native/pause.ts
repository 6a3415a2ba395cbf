import { maxPauseMs, type nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { auditChanges, type Pause } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { identityOf } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { actorOf } from '../inventory/actor.ts';

export function pauseHandlers({
  stores,
  clock,
  log,
}: ApiContext): RouterHandlers<typeof nativeContract>['pause'] {
  const audit = async (
    request: FastifyRequest,
    done: { action: 'set' | 'clear'; before: Pause | undefined; after: Pause | undefined },
  ): Promise<void> => {
    const { action, before, after } = done;
    const { initiator, requestId } = actorOf(request);
    const target = { type: 'pause', id: null, name: null };
    const changes = auditChanges(before, after);
    const reason = after?.reason ?? null;
    await stores.audit.append({ action, outcome: 'success', initiator, requestId, target, reason, changes });
  };
  return {
    get: async () => ({ status: 200, body: { pause: (await stores.pause.current()) ?? null } }),

    set: async ({ body, request }) => {
      const by = identityOf(request).name;
      const forMs = body.forMs ?? untilToMs(body.until, clock.wallMs());
      const before = await stores.pause.current();
      const pause = await stores.pause.set({ reason: body.reason, by, forMs });
      await audit(request, { action: 'set', before, after: pause });
      log.warn({ reason: pause.reason, by, until: pause.until, requestId: request.id }, 'recovery is paused');
      return { status: 200, body: { pause } };
    },

    clear: async ({ request }) => {
      const by = identityOf(request).name;
      const before = await stores.pause.current();
      const wasPaused = await stores.pause.clear({ by });
      if (wasPaused) await audit(request, { action: 'clear', before, after: undefined });
      if (wasPaused) log.warn({ by, requestId: request.id }, 'recovery goes on');
      return { status: 200, body: { pause: null, wasPaused } };
    },
  };
}

function untilToMs(until: string | undefined, wallMs: number): number {
  const forMs = Date.parse(until ?? '') - wallMs;
  if (forMs >= 1000 && forMs <= maxPauseMs) return forMs;
  throw new RefusalError({
    code: 'invalid-request',
    message: 'a pause must end, and within 30 days',
    details: [
      {
        path: 'body.until',
        expected: `between a second and 30 days after ${new Date(wallMs).toISOString()}`,
        found: String(until),
      },
    ],
  });
}
