import { ApiError } from '@instance-ha/contracts/client';
import type { ActionSource } from '@instance-ha/ports';
import { type ApiAccess, clientFor } from './api-access.ts';

/** Beyond the wait that was asked for. */
const answerMs = 10_000;

/**
 * What is asked of the monitor of `host` (`/v2/monitors/{host}/actions`), and its reports. Never rejects for what a network or a service can do.
 */
export function createApiActions(access: ApiAccess, { host }: { host: string }): ActionSource {
  const client = clientFor(access);
  const note = (error: ApiError, message: string): void => {
    const { code, status } = error;
    // A refusal is a mistake of ours and will come again; anything else may pass.
    access.log[code === 'refused' ? 'warn' : 'debug']({ code, status, why: error.message }, message);
  };
  return {
    async take({ waitMs, signal }) {
      try {
        const { body } = await client.v2.monitors.takeActions({
          params: { host },
          body: { waitMs },
          signal,
          timeoutMs: waitMs + answerMs,
        });
        return body.actions;
      } catch (error) {
        if (signal.aborted) return null;
        if (!ApiError.isInstance(error)) throw error;
        note(error, 'what is asked of this monitor could not be taken');
        return null;
      }
    },
    async report(uuid, answer, { signal }) {
      try {
        const { body } = await client.v2.monitors.reportAction({
          params: { host, uuid },
          body: { ...answer, detail: answer.detail.slice(0, 2000) },
          signal,
        });
        return body.taken ? 'taken' : 'over';
      } catch (error) {
        if (signal.aborted) return 'unavailable';
        if (!ApiError.isInstance(error)) throw error;
        note(error, 'the end of what was asked of this monitor could not be reported');
        return error.status === 400 && error.answer !== null ? 'over' : 'unavailable';
      }
    },
  };
}
