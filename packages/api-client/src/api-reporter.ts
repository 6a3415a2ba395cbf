import { ApiError } from '@instance-ha/contracts/client';
import type { GuestReporter } from '@instance-ha/ports';
import { type ApiAccess, clientFor } from './api-access.ts';

/**
 * Tells the API how a monitor and its guests are (`PUT /v2/monitors/{host}/report`). Resolves to false whenever the
 * report was not taken, whatever the cause; the cause is in the log at debug. Never rejects for what a network or a
 * service can do.
 */
export function createApiReporter(access: ApiAccess): GuestReporter {
  const client = clientFor(access);
  return {
    async report(report, { signal }) {
      try {
        const { body } = await client.v2.monitors.report({
          params: { host: report.host },
          body: report,
          signal,
        });
        return body.taken;
      } catch (error) {
        if (signal.aborted) return false;
        if (!ApiError.isInstance(error)) throw error;
        const { code, status, message } = error;
        // A refusal is a mistake of ours and will come again; anything else may pass.
        const level = code === 'refused' ? 'warn' : 'debug';
        access.log[level]({ code, status, why: message }, 'a report was not taken');
        return false;
      }
    },
  };
}
