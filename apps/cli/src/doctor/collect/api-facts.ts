import { ApiError, createApiClient } from '@instance-ha/contracts/client';
import { readPages } from '../../commands/read-pages.ts';
import type { ApiFacts, Told } from '../facts.ts';
import { ask, type Bounds } from './ask.ts';

/** Rows of a list that are looked at; what is older or further down is not needed to say what is wrong. */
const rowsLimit = 10_000;
const failedLimit = 100;

/** Where the API is, and who we are to it; without a token what needs none is asked all the same. */
type Door = { url: string; token: Told<string>; fetch?: typeof globalThis.fetch | undefined };

/** Asks the API everything at once. Resolves within `timeoutMs`, whatever the API does. */
export async function collectApiFacts({ url, token, fetch }: Door, bounds: Bounds): Promise<ApiFacts> {
  const { v2, service } = createApiClient({
    baseUrl: url,
    token: token.ok ? token.value : undefined,
    fetch,
  });
  const question = <T>(what: string, put: (within: Bounds) => Promise<T>): Promise<Told<T>> =>
    ask(what, bounds, put);
  const most = { limit: String(rowsLimit) };
  const newest = { limit: String(failedLimit) };

  const [version, readiness, identity, pause, workers, monitors, open, failed, failedMoves, ...rest] =
    await Promise.all([
      question('asking the API for its version', async within =>
        versionOf((await service.openapi(within)).body),
      ),
      question('asking whether the API is ready', async within => (await service.readiness(within)).body),
      question('asking who we are to the API', async within => (await v2.whoami(within)).body),
      question('asking for the pause', async within => (await v2.pause.get(within)).body.pause),
      question('listing workers', async within => (await v2.workers.list(within)).body.workers),
      question('listing monitors', async within => (await v2.monitors.list(within)).body.monitors),
      question('listing open notifications', within =>
        readPages(most, async page => {
          const status: ('new' | 'running' | 'error')[] = ['new', 'running', 'error'];
          const { body } = await v2.notifications.list({ query: { status, ...page }, ...within });
          return { rows: body.notifications, nextCursor: body.nextCursor };
        }),
      ),
      question('listing failed recoveries', within =>
        readPages(newest, async page => {
          const { body } = await v2.notifications.list({ query: { status: ['failed'], ...page }, ...within });
          return { rows: body.notifications, nextCursor: body.nextCursor };
        }),
      ),
      question('listing failed moves', within =>
        readPages(newest, async page => {
          const { body } = await v2.vmoves.list({ query: { status: 'failed', ...page }, ...within });
          return { rows: body.vmoves, nextCursor: body.nextCursor };
        }),
      ),
      question('listing unmonitored guests', within =>
        readPages(most, async page => {
          const { body } = await v2.guests.list({ query: { phase: 'unmonitored', ...page }, ...within });
          return { rows: body.guests, nextCursor: body.nextCursor };
        }),
      ),
      question('listing segments', within =>
        readPages(most, async page => {
          const { body } = await v2.segments.list({ query: page, ...within });
          return { rows: body.segments, nextCursor: body.nextCursor };
        }),
      ),
      question('listing hosts', within =>
        readPages(most, async page => {
          const { body } = await v2.hosts.list({ query: page, ...within });
          return { rows: body.hosts, nextCursor: body.nextCursor };
        }),
      ),
    ]);
  const [unmonitored, segments, hosts] = rest;
  return {
    url,
    version,
    readiness,
    identity: token.ok ? identity : token,
    pause,
    workers,
    monitors,
    open,
    failed,
    failedMoves,
    unmonitored,
    segments,
    hosts,
  };
}

function versionOf(document: Record<string, unknown>): string {
  const { title, version } = (document.info ?? {}) as { title?: unknown; version?: unknown };
  if (title !== 'Instance HA' || typeof version !== 'string')
    throw new ApiError({
      code: 'invalid-answer',
      message: 'what answers there is not the API of Instance HA: its /openapi.json names another',
    });
  return version;
}
