import type { nativeContract, OperationDetail, OperationSummary } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import { layersOf, type OperationRecord } from '@instance-ha/ports';
import { advance } from '@instance-ha/rollout';
import type { FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';
import type { RolloutDriver } from '../rollout/driver.ts';
import { type KnownService, knownServices } from '../rollout/known-services.ts';
import { errorsOf, layersReader, pushedLoader } from '../rollout/preview.ts';
import { cutPage, pageById } from './page-links.ts';

/** A service that was not heard for so long gets no row unless its host is named; it takes what is wanted when it is back. */
const goneAfterMs = 86_400_000;
/** Errors named in one refusal, at the most. */
const namedErrors = 20;

export function operationHandlers(
  context: ApiContext,
  driver: RolloutDriver,
): RouterHandlers<typeof nativeContract>['operations'] {
  const { stores, clock, log, maxPage } = context;
  const { configuration, operations } = stores;

  const detail = async (id: number): Promise<OperationDetail> => {
    const record = await operations.get(id);
    if (!record) throw noOperation(id);
    return { operation: summaryOf(record), rows: await operations.rows(id) };
  };
  const refuse = async (
    request: FastifyRequest,
    refused: { action: string; id: number | null; message: string; details?: string[] },
  ): Promise<never> => {
    const { action, id, message, details = [] } = refused;
    const target = { type: 'operation', id: id === null ? null : String(id), name: 'reconfigure' };
    await auditRefusal(stores, request, { action, target, reason: message });
    throw new RefusalError({
      code: 'conflict',
      message,
      details: details
        .slice(0, namedErrors)
        .map(found => ({ path: 'body.revision', expected: 'a configuration without errors', found })),
    });
  };

  return {
    create: async ({ body, request }) => {
      const { revision, hosts, onFailure, atOnce, answerWithinMs, comment = null } = body;
      if (revision > (await configuration.latest()))
        throw new RefusalError({ code: 'not-found', message: `there is no revision ${revision}` });
      const action = 'reconfigure';
      const services = await knownServices(stores, {
        nowMs: clock.wallMs(),
        monitorSilentAfterMs: context.monitorSilentAfterMs(),
      });
      const unknown = (hosts ?? []).find(host => !services.some(each => each.host === host));
      if (unknown !== undefined)
        return refuse(request, { action, id: null, message: `no monitor or worker is known of ${unknown}` });
      const chosen = services.filter(each =>
        hosts ? hosts.includes(each.host) : clock.wallMs() - Date.parse(each.lastSeenAt) < goneAfterMs,
      );
      const errors = await errorsAt(revision, chosen);
      if (errors.length > 0) {
        const message = `revision ${revision} has errors and cannot be applied: ${errors[0]}`;
        return refuse(request, { action, id: null, message, details: errors });
      }
      const places = placesOf(chosen);
      const before = await configuration.wantedOf(places.map(({ host }) => host));
      const rows = places.map((place, at) => ({ ...place, before: before[at] ?? 0 }));
      const begun = await operations.start(
        { revision, hosts: hosts ?? null, onFailure, atOnce, answerWithinMs, comment, rows },
        actorOf(request),
      );
      if (!begun.ok) {
        const { id, startedBy } = begun.record;
        const message = `operation ${id}, begun by ${startedBy}, still runs: wait for its end or cancel it`;
        return refuse(request, { action, id, message });
      }
      const { id, startedBy: by } = begun.record;
      log.info({ operation: id, revision, by, rows: rows.length, onFailure }, 'an operation has begun');
      await driver.turn();
      return { status: 201, body: await detail(id) };
    },

    list: async ({ query }) => {
      const { filter, limit, after } = pageById(query, maxPage);
      const found = await operations.list(filter, { limit: limit + 1, after });
      const { rows, ...end } = cutPage(found, {
        limit,
        path: '/v2/operations',
        query,
        cursorOf: row => String(row.id),
      });
      return { status: 200, body: { operations: rows.map(summaryOf), ...end } };
    },

    get: async ({ params }) => ({ status: 200, body: await detail(Number(params.id)) }),

    cancel: async ({ params, request }) => {
      const id = Number(params.id);
      const record = await operations.get(id);
      if (!record) throw noOperation(id);
      if (record.state !== 'running')
        return refuse(request, {
          action: 'cancel',
          id,
          message: `operation ${id} is over: it is ${record.state}`,
        });
      await operations.advance(
        id,
        ({ operation, rows, members }) => advance(operation, rows, members, { isCancelled: true }),
        { ...actorOf(request), action: 'cancel' },
      );
      log.info({ operation: id, requestId: request.id }, 'an operation was cancelled');
      return { status: 200, body: await detail(id) };
    },
  };

  /** What is wrong with a revision on any of these hosts, or by itself where there is none. */
  async function errorsAt(revision: number, services: readonly KnownService[]): Promise<string[]> {
    const load = pushedLoader();
    const layersAt = layersReader(configuration);
    const errors = new Set<string>();
    const hosts = new Set(services.map(({ host }) => host));
    if (hosts.size === 0) {
      const all = await configuration.get(null, revision);
      for (const error of errorsOf(load(layersOf(all)))) errors.add(error);
    }
    for (const host of hosts)
      for (const error of errorsOf(load(await layersAt(host, revision)))) errors.add(error);
    return [...errors];
  }
}

/** Each service of each host once, however many processes it has. */
function placesOf(services: readonly KnownService[]): Pick<KnownService, 'host' | 'service'>[] {
  const places = new Map(services.map(({ host, service }) => [`${host} ${service}`, { host, service }]));
  return [...places.values()];
}

function summaryOf({ counts, ...record }: OperationRecord): OperationSummary {
  const count = (state: keyof typeof counts): number => counts[state] ?? 0;
  return {
    ...record,
    progress: {
      total: Object.values(counts).reduce((sum, rows) => sum + rows, 0),
      pending: count('pending'),
      applying: count('applying') + count('rolling-back'),
      applied: count('applied'),
      failed: count('failed'),
      notAnswering: count('not-answering'),
      skipped: count('skipped'),
      rolledBack: count('rolled-back'),
    },
  };
}

const noOperation = (id: number): RefusalError =>
  new RefusalError({ code: 'not-found', message: `there is no operation ${id}` });
