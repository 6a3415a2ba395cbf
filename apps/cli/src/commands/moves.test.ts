import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceA, instanceB } from '../../../api/src/testing/samples.ts';
import { startApi, type TestApi, testHost } from '../../../api/src/testing/start-api.ts';
import { type Ended, run } from '../../testing/run.ts';

const at = '2026-01-02T03:04:05.000Z';

let api: TestApi;
let uuid: string;
/** A dead host with three instances: one moved, one not, one still to be moved. */
beforeAll(async () => {
  api = await startApi();
  const { body } = await api.client().v2.notifications.create({
    body: {
      incidentKey: 'host/1',
      host: testHost,
      faultAt: at,
      detectedAt: at,
      payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: 'OFFLINE' },
      evidence: null,
    },
  });
  uuid = body.notification.uuid;
  const move = { sourceHost: testHost, type: 'evacuation' } as const;
  const [moved, failed] =
    (await api.stores.vmoves.plan(uuid, [
      { ...move, instanceUuid: instanceA, instanceName: 'web-1' },
      { ...move, instanceUuid: instanceB, instanceName: 'db-1' },
      { ...move, instanceUuid: 'cccccccc-0000-4000-8000-00000000000c', instanceName: null },
    ])) ?? [];
  await api.stores.vmoves.update(moved?.uuid ?? '', {
    status: 'succeeded',
    destHost: 'node2',
    startTime: at,
    endTime: '2026-01-02T03:04:17.500Z',
  });
  await api.stores.vmoves.update(failed?.uuid ?? '', {
    status: 'failed',
    message: 'No valid host was found',
  });
});
afterAll(() => api.stop());

const cli = (...argv: string[]): Promise<Ended> =>
  run(argv, { env: { INSTANCE_HA_API_URL: api.origin, INSTANCE_HA_TOKEN: api.token('reader') } });

describe('the moves of a dead host', () => {
  it('stand in its notification, with how far it has come', async () => {
    const { out } = await cli('notifications', 'show', uuid);
    expect(out).toContain('\nInstances: 3 in total, 1 moved, 1 failed, 0 left alone, 1 under way\n');
    expect(out).toMatch(/web-1 +test-host +node2 +succeeded .* 12\.5 s\n/);
    expect(out).toMatch(/db-1 +test-host +not known yet +failed .* No valid host was found\n/);
    expect(JSON.parse((await cli('--json', 'notifications', 'show', uuid)).out).vmoves).toHaveLength(3);
  });

  it('are left out where only the timeline is asked for', async () => {
    const { out } = await cli('notifications', 'show', uuid, '--timeline');
    expect(out).toMatch(/^ +\+0 ms {2}fault/);
    expect(out).not.toContain('web-1');
    expect(JSON.parse((await cli('--json', 'notifications', 'show', uuid, '--timeline')).out)).toMatchObject([
      { phase: 'fault' },
      { phase: 'detected' },
      { phase: 'notified' },
    ]);
  });

  it('are listed over all notifications, of one, and by what became of them', async () => {
    expect((await cli('vmoves', 'list')).out.trim().split('\n')).toHaveLength(4);
    expect((await cli('vmoves', 'list', '--notification', uuid, '--status', 'failed')).out).toMatch(
      /^UUID .*\n\S+ +db-1 .*\n$/,
    );
    expect((await cli('vmoves', 'list', '--instance', instanceA, '--status', 'failed')).out).toBe(
      'no moves\n',
    );
    expect(JSON.parse((await cli('--json', 'vmoves', 'list', '--limit', '2')).out)).toHaveLength(2);
  });

  it('are shown one by one', async () => {
    const [first] = JSON.parse((await cli('--json', 'vmoves', 'list', '--status', 'succeeded')).out);
    expect((await cli('vmoves', 'show', first.uuid)).out).toMatch(/to +node2\n/);
    expect(await cli('vmoves', 'show', instanceA)).toMatchObject({ code: 3 });
  });
});
