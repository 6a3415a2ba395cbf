import type { nativeContract } from '@instance-ha/contracts';
import { type RouterHandlers, replied } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { EventStream } from '../live/event-stream.ts';

/** Live streams of one process. */
export const maxStreams = 1000;

export type Streams = {
  handler: RouterHandlers<typeof nativeContract>['events'];
  /** Ends all streams; their readers come back with their positions. */
  end(): void;
};

export function eventStreams({ hub, stores, clock, metrics, log }: ApiContext): Streams {
  const open = new Set<EventStream>();
  const gauge = metrics.gauge({ name: 'vmha_event_streams', help: 'Readers of the live stream.' });
  let ending = false;

  const handler: Streams['handler'] = async ({ query, headers, request, reply }) => {
    if (ending || open.size >= maxStreams)
      throw new RefusalError({
        code: 'unavailable',
        message: ending ? 'the service stops' : `there are ${maxStreams} live streams already`,
        retryAfterSeconds: 5,
      });
    const after = lastEventId(headers['last-event-id']) ?? query.after;
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no', // nginx would keep events back.
      'x-openstack-request-id': request.id,
    });
    const stream = new EventStream({
      hub,
      feed: stores.changes,
      response: raw,
      after,
      kinds: query.kind,
      clock,
      log: log.child({ requestId: request.id }),
    });
    open.add(stream);
    gauge.set(open.size);
    raw.on('close', () => {
      open.delete(stream);
      gauge.set(open.size);
    });
    void stream.run();
    return replied;
  };
  return {
    handler,
    end: () => {
      ending = true;
      for (const stream of open) stream.end();
    },
  };
}

/** A browser sends what it was sent; anything else means a reader without a position. */
function lastEventId(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
