import { createApiConfigurationSource } from '@instance-ha/api-client';
import { configurationSourceConformance } from '@instance-ha/ports/conformance';
import { describe, it } from 'vitest';
import { startApi, testHost } from '../testing/start-api.ts';

const params = { file: 'instance-ha.conf' } as const;

describe('what to run, of the API', () => {
  for (const { name, check } of configurationSourceConformance) {
    it(name, async () => {
      const api = await startApi();
      try {
        const { v2 } = api.client();
        await check({
          source: createApiConfigurationSource(
            { client: api.client(`monitor-${testHost}`), log: api.telemetry.log },
            { service: 'monitor', name: testHost, host: testHost, version: '1.2.3' },
          ),
          sighting: async () => (await api.stores.services.list())[0],
          want: async text => {
            const { etag } = (await v2.configuration.get({ params })).body;
            const saved = await v2.configuration.save({
              params,
              headers: { 'if-match': etag },
              body: { text },
            });
            const { revision } = saved.body;
            // Nobody has reported yet who would have to take it: it is over at once.
            await api.stores.operations.start(
              {
                revision,
                hosts: null,
                onFailure: 'stop',
                atOnce: 1,
                answerWithinMs: 1,
                comment: null,
                rows: [],
              },
              { initiator: { id: null, name: 'maria', project: null }, requestId: 'req-1' },
            );
            for (const id of await api.stores.operations.open())
              await api.stores.operations.advance(id, () => ({
                rows: [],
                targets: [{ host: null, revision }],
                end: { state: 'finished', message: 'done' },
              }));
            return revision;
          },
        });
      } finally {
        await api.stop();
      }
    });
  }
});
