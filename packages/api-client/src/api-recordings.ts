import { ApiError } from '@instance-ha/contracts/client';
import type { RecordingSink } from '@instance-ha/ports';
import { type ApiAccess, clientFor } from './api-access.ts';

/** Sends what the monitor of `host` has seen (`POST /v2/monitors/{host}/recordings`). Never rejects for what a network or a service can do. */
export function createApiRecordings(access: ApiAccess, { host }: { host: string }): RecordingSink {
  const client = clientFor(access);
  return {
    async keep(recording, { signal }) {
      try {
        await client.v2.monitors.record({ params: { host }, body: { recording }, signal });
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (!ApiError.isInstance(error)) throw error;
        const { code, status, message } = error;
        const isRefused = code === 'refused'; // A mistake of ours, or an older API: sending it again helps nothing.
        access.log[isRefused ? 'warn' : 'debug'](
          { code, status, why: message },
          'a recording of signals was not taken',
        );
        return isRefused;
      }
    },
  };
}
