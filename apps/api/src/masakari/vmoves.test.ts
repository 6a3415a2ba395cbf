import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askMasakari, failedHost, failedInstance, registerHosts } from '../testing/ask-masakari.ts';
import { instanceA, instanceB } from '../testing/samples.ts';
import { startApi, type TestApi, testHost } from '../testing/start-api.ts';

let api: TestApi;
let uuid: string;
let moves: { uuid: string; id: number }[];
beforeEach(async () => {
  api = await startApi();
  await registerHosts(api);
  const filed = await askMasakari(api, 'POST', '/v1/notifications', { body: failedHost() });
  uuid = filed.body.notification.notification_uuid;
  const planned = [instanceA, instanceB].map(instanceUuid => ({
    instanceUuid,
    instanceName: `name-of-${instanceUuid[0]}`,
    sourceHost: testHost,
    type: 'evacuation' as const,
  }));
  moves = (await api.stores.vmoves.plan(uuid, planned)) ?? [];
});
afterEach(() => api.stop());

const ask = (path: string, version = '1.3') =>
  askMasakari(api, 'GET', `/v1/notifications${path}`, { version });

describe('the moves of a host’s recovery', () => {
  it('are shown as Masakari shows them, at every microversion', async () => {
    await api.stores.vmoves.update(moves[0]?.uuid ?? '', {
      status: 'succeeded',
      destHost: 'node2',
      startTime: '2026-01-02T03:04:05.000Z',
      endTime: '2026-01-02T03:04:06.001Z',
    });
    const { status, body } = await ask(`/${uuid}/vmoves/${moves[0]?.uuid}`, '1.0');
    expect(status).toBe(200);
    expect(body.vmove).toEqual({
      id: 1,
      uuid: moves[0]?.uuid,
      notification_uuid: uuid,
      instance_uuid: instanceA,
      instance_name: 'name-of-a',
      source_host: testHost,
      dest_host: 'node2',
      start_time: '2026-01-02T03:04:05.000000',
      end_time: '2026-01-02T03:04:06.001000',
      type: 'evacuation',
      status: 'succeeded',
      message: null,
      created_at: expect.any(String),
      updated_at: expect.any(String),
      deleted_at: null,
      deleted: false,
    });
    const ids = async (query: string) =>
      ((await ask(`/${uuid}/vmoves${query}`)).body.vmoves as { id: number }[]).map(({ id }) => id).join('');
    expect(await ids('')).toBe('21');
    expect(await ids('?status=succeeded')).toBe('1');
    expect(await ids('?type=live_migration')).toBe('');
    expect(await ids('?status=nonsense')).toBe('');
    expect(await ids('?sort_key=instance_name&sort_dir=asc&limit=1')).toBe('1');
    expect(await ids('?limit=1&marker=2')).toBe('1');
    expect((await ask(`/${uuid}/vmoves?limit=1`, '1.4')).body.vmoves_links).toHaveLength(1);
  });

  it('are those of a host alone, of this notification alone, and of one that is there', async () => {
    const filed = await askMasakari(api, 'POST', '/v1/notifications', { body: failedInstance() });
    const instance = filed.body.notification.notification_uuid as string;
    const without = await ask(`/${instance}/vmoves`);
    expect([without.status, without.body]).toEqual([
      400,
      { badRequest: { code: 400, message: `This notification ${instance} without vm moves.` } },
    ]);
    expect((await ask(`/${instanceA}/vmoves`)).status).toBe(404);
    const nowhere = await ask(`/${instanceA}/vmoves/${moves[0]?.uuid}`);
    expect([nowhere.status, nowhere.body.itemNotFound.message]).toEqual([
      404,
      `No notification with id ${instanceA}.`,
    ]);
    expect((await ask(`/${instance}/vmoves/${moves[0]?.uuid}`)).status).toBe(404);
    const none = await ask(`/${uuid}/vmoves/${instanceA}`);
    expect([none.status, none.body.itemNotFound.message]).toEqual([404, `No vm move with id ${instanceA}.`]);
  });
});
