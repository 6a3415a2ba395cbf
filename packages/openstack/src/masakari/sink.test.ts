/** What each answer of a Masakari means; that the sink files as promised is shown against a whole API in `apps/api`. */
import type { FiledNotification } from '@instance-ha/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeWorld, fakeWorld, settingsOf } from '../../testing/fake-world.ts';
import { quietLogger } from '../../testing/quiet-logger.ts';
import { createMasakariSink } from './sink.ts';

let opened: FakeWorld | undefined;
afterEach(async () => opened?.close());

const told: object[] = [];
const log = { ...quietLogger, warn: (fields: object) => void told.push(fields) };

async function world(endpoint = 'http://127.0.0.1:1/v1/project') {
  opened = await fakeWorld({ connection: { limits: { calls: { retryMs: 1 } } } });
  const { fake, openstack } = opened;
  fake.keystone.endpoints.push({
    type: 'instance-ha',
    name: 'masakari',
    url: endpoint.replace('http://127.0.0.1:1', fake.authUrl.replace(/\/v3$/, '')),
  });
  told.length = 0;
  return { fake, sink: createMasakariSink({ masakari: openstack.masakari, log }) };
}
const { signal } = new AbortController();
const instanceUuid = 'aaaaaaaa-0000-4000-8000-00000000000a';
const notification: FiledNotification = {
  incidentKey: 'instance/node1/1',
  host: 'node1',
  faultAt: '2026-01-02T03:04:05.600Z',
  detectedAt: '2026-01-02T03:04:05.678Z',
  payload: {
    type: 'COMPUTE_INSTANCE',
    instanceUuid,
    instanceName: 'web',
    fault: 'panicked',
    handledBy: 'none',
    hadHeartbeat: true,
    boot: '7@a',
    domainId: 7,
    libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'CRASHED_PANICKED' },
  },
  evidence: null,
};
const payload = {
  event: 'QEMU_GUEST_AGENT_ERROR',
  vir_domain_event: 'STOPPED_FAILED',
  instance_uuid: instanceUuid,
};
const row = (more: object = {}) => ({
  id: 7,
  notification_uuid: 'bbbbbbbb-0000-4000-8000-00000000000b',
  generated_time: '2026-01-02T03:04:05.678000',
  status: 'new',
  payload,
  ...more,
});
const posts = { path: /notifications$/, method: 'POST' } as const;
const lists = { path: /notifications\?/, method: 'GET' } as const;
const fault = (name: string, code: number, message: string): string =>
  JSON.stringify({ [name]: { code, message } });

describe('filing with Masakari', () => {
  it('sends what its monitors send, with their microversion, to the endpoint of the catalogue', async () => {
    const { fake, sink } = await world();
    fake.faults.add({ ...posts, does: 'answer', status: 202, body: JSON.stringify({ notification: row() }) });
    expect(await sink.deliver(notification, { signal })).toEqual({
      delivered: true,
      notificationUuid: row().notification_uuid,
      duplicate: false,
    });
    const sent = fake.requests.at(-1);
    expect([sent?.path, sent?.serviceVersion]).toEqual(['/v1/project/notifications', 'instance-ha 1.0']);
    expect(JSON.parse(sent?.text ?? '')).toEqual({
      notification: { type: 'VM', hostname: 'node1', generated_time: '2026-01-02T03:04:05.678000', payload },
    });
  });

  it('finds the version itself where the catalogue leaves it out', async () => {
    const { fake, sink } = await world('http://127.0.0.1:1/');
    fake.faults.add({ ...posts, does: 'answer', status: 202, body: JSON.stringify({ notification: row() }) });
    expect(await sink.deliver(notification, { signal })).toMatchObject({ delivered: true });
    expect(fake.requests.at(-1)?.path).toBe('/v1/notifications');
  });

  it('logs in once anew when its token was refused', async () => {
    const { fake, sink } = await world();
    fake.faults.add({ ...posts, does: 'answer', status: 401, times: 1 });
    fake.faults.add({ ...posts, does: 'answer', status: 202, body: JSON.stringify({ notification: row() }) });
    expect(await sink.deliver(notification, { signal })).toMatchObject({ delivered: true });
    expect(fake.keystone.logins).toBe(2);
  });

  it.each<[string, number, string, object]>([
    [
      'a host in no segment',
      400,
      fault('badRequest', 400, 'Host with name node1 could not be found.'),
      { kind: 'declined', code: 'host-unknown' },
    ],
    [
      'a host on maintenance',
      409,
      fault(
        'conflictingRequest',
        409,
        'Notification received from host node1 of type VM is ignored as the host is already under maintenance.',
      ),
      { kind: 'declined', code: 'host-on-maintenance' },
    ],
    [
      'a user without the role',
      403,
      fault('forbidden', 403, "Policy doesn't allow it."),
      { kind: 'declined', code: 'forbidden' },
    ],
    ['no such route', 404, fault('itemNotFound', 404, 'not found'), { kind: 'declined', code: 'not-found' }],
    [
      'a wrong project',
      400,
      fault('badRequest', 400, 'Malformed request URL'),
      { kind: 'declined', code: 'other' },
    ],
    [
      'what its schema refuses',
      400,
      fault('badRequest', 400, 'Invalid input for field/attribute payload. Value: {}. …'),
      { kind: 'refused' },
    ],
    [
      'a defect of its own',
      500,
      fault('masakariFault', 500, 'Unexpected API Error.'),
      { kind: 'unavailable' },
    ],
    ['overload', 429, fault('overLimit', 429, 'slow down'), { kind: 'unavailable' }],
    ['the page of a proxy', 404, '<html>', { kind: 'unavailable' }],
    ['success without sense', 202, '{}', { kind: 'unavailable' }],
  ])('%s', async (_name, status, body, expected) => {
    const { fake, sink } = await world();
    fake.faults.add({ ...posts, does: 'answer', status, body });
    const delivery = await sink.deliver(notification, { signal });
    expect(delivery).toMatchObject({ delivered: false, ...expected });
    expect(JSON.stringify(delivery)).not.toContain('secret');
  });

  it('an answer that is lost may have been taken: it is not repeated here', async () => {
    const { fake, sink } = await world();
    fake.faults.add({ ...posts, does: 'drop' });
    expect(await sink.deliver(notification, { signal })).toMatchObject({ kind: 'unavailable' });
    expect(fake.requests.filter(({ path }) => path.endsWith('/notifications'))).toHaveLength(1);
  });
});

describe('a duplicate', () => {
  const duplicate = fault(
    'conflictingRequest',
    409,
    'Notification received from host node1 of type VM is duplicate.',
  );
  const withList = async (...rows: object[]) => {
    const { fake, sink } = await world();
    fake.faults.add({ ...posts, does: 'answer', status: 409, body: duplicate });
    fake.faults.add({ ...lists, does: 'answer', status: 200, body: JSON.stringify({ notifications: rows }) });
    return sink.deliver(notification, { signal });
  };
  const other = { notification_uuid: 'cccccccc-0000-4000-8000-00000000000c' };

  it('is the one it sent before, of the same moment: delivered, with its name', async () => {
    const later = row({ ...other, generated_time: '2026-01-02T03:05:00' });
    expect(await withList(later, row({ generated_time: '2026-01-02T03:04:05' }))).toEqual({
      delivered: true,
      notificationUuid: row().notification_uuid,
      duplicate: true,
    });
    expect(told).toEqual([]);
  });

  it('is another failure within Masakari’s window: delivered, and told that nothing is done about it', async () => {
    const earlier = row({ ...other, generated_time: '2026-01-02T03:03:00', status: 'finished' });
    expect(await withList(row({ payload: { ...payload, instance_uuid: 'x' } }), earlier)).toMatchObject({
      delivered: true,
      notificationUuid: other.notification_uuid,
      duplicate: true,
    });
    expect(told).toMatchObject([{ incidentKey: 'instance/node1/1', status: 'finished' }]);
  });

  it('is delivered without a name where Masakari does not let itself be asked', async () => {
    const { fake, sink } = await world();
    fake.faults.add({ ...posts, does: 'answer', status: 409, body: duplicate });
    fake.faults.add({ ...lists, does: 'answer', status: 403, body: fault('forbidden', 403, 'no') });
    expect(await sink.deliver(notification, { signal })).toEqual({
      delivered: true,
      notificationUuid: null,
      duplicate: true,
    });
  });
});

describe('the endpoint', () => {
  it('may be given instead of the catalogue’s', () => {
    const endpoint = 'https://masakari.example.org/v1';
    expect(settingsOf('https://keystone/v3', { masakariEndpoint: endpoint }).masakariEndpoint).toBe(endpoint);
  });

  it('that nobody lists is told, with what there is', async () => {
    opened = await fakeWorld();
    const sink = createMasakariSink({ masakari: opened.openstack.masakari, log });
    expect(await sink.deliver(notification, { signal })).toEqual({
      delivered: false,
      kind: 'unavailable',
      detail: 'no service "instance-ha" in Keystone\'s catalogue (there is compute)',
    });
  });
});
