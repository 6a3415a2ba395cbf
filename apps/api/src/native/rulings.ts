import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { RulingKind } from '@instance-ha/notification';
import type { RulingAnswer } from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';

type Handlers = Pick<RouterHandlers<typeof nativeContract>['notifications'], RulingKind>;
type Asked = { params: { uuid: string }; body: { reason?: string | undefined }; request: FastifyRequest };

export function rulingHandlers({ stores, log }: Pick<ApiContext, 'stores' | 'log'>): Handlers {
  const rule =
    (ruling: RulingKind) =>
    async ({ params, body, request }: Asked) => {
      const by = actorOf(request, body.reason ?? null);
      const answer = await stores.rulings.rule(params.uuid, ruling, by);
      if (answer.ok) {
        const { made, notification } = answer;
        const { reason, at } = answer.ruling;
        const told = { ruling, notification: notification.uuid, by: answer.ruling.by, reason, at };
        if (made) log.warn({ ...told, requestId: request.id }, 'an operator ruled about a recovery');
        return { status: 200, body: { notification, ruling: answer.ruling, made } } as const;
      }
      if (answer.why === 'not-found')
        throw new RefusalError({ code: 'not-found', message: `there is no notification ${params.uuid}` });
      const message = whyNot(ruling, answer);
      const { uuid, instanceName, host } = answer.notification;
      const target = { type: 'notification', id: uuid, name: instanceName ?? host };
      await auditRefusal(stores, request, { action: ruling, target, reason: message });
      throw new RefusalError({ code: 'conflict', message });
    };
  return { approve: rule('approve'), reject: rule('reject'), abort: rule('abort'), retry: rule('retry') };
}

const past: Readonly<Record<RulingKind, string>> = {
  approve: 'approved',
  reject: 'rejected',
  abort: 'aborted',
  retry: 'retried',
};

/** In which state it is, and what is possible. */
function whyNot(ruling: RulingKind, answer: Extract<RulingAnswer, { why: 'not-possible' }>): string {
  const { notification, held, possible, standing } = answer;
  const state = `it is ${notification.status}${held ? ' and held' : notification.status === 'running' ? ' and not held' : ''}`;
  const ruled = standing ? `; it was ${past[standing.ruling]} by ${standing.by} at ${standing.at}` : '';
  const now =
    possible.length === 0 ? 'nothing can be ruled about it now' : `possible: ${possible.join(', ')}`;
  return `notification ${notification.uuid} cannot be ${past[ruling]}: ${state}${ruled}; ${now}`;
}
