import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';

/** Workers tell of themselves every five seconds: this is four times in a row. By the wall clock, as for monitors. */
export const workerSilentAfterMs = 20_000;

export const workerHandlers = ({
  stores,
  clock,
}: ApiContext): RouterHandlers<typeof nativeContract>['workers'] => ({
  list: async () => {
    const nowMs = clock.wallMs();
    const workers = (await stores.workers.list()).map(worker => ({
      ...worker,
      silent: nowMs - Date.parse(worker.lastSeenAt) > workerSilentAfterMs,
    }));
    return { status: 200, body: { workers } };
  },
});
