import type { ConfigurationSource, RunningReport } from '@instance-ha/ports';
import { type ApiAccess, clientFor } from './api-access.ts';

/** What the API may take beyond the time it was asked to hold a question open. */
const answerMs = 10_000;

/**
 * What a service of a host is to run, of the API (`GET /v2/configuration/wanted/{host}`, a long poll). Rejects with `ApiError`, or
 * with the reason of `signal`.
 */
export function createApiConfigurationSource(
  access: ApiAccess,
  member: Pick<RunningReport, 'service' | 'name' | 'host' | 'version'>,
): ConfigurationSource {
  const { v2 } = clientFor(access);
  const { host, ...asking } = member;
  return {
    async wanted(known, { waitMs, signal }) {
      const { body } = await v2.configuration.wanted({
        params: { host },
        query: { ...asking, known, waitMs },
        signal,
        timeoutMs: waitMs + answerMs,
      });
      return body.revision === known ? 'unchanged' : body;
    },
    async report(report, { signal }) {
      await v2.configuration.running({ params: { host }, body: { ...asking, ...report }, signal });
    },
  };
}
