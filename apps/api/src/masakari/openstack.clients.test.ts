/** OpenStack's own clients, unchanged, against the API: what they send and what they make of the answers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MasakariCloud, startMasakariCloud } from '../testing/masakari-cloud.ts';
import { instanceA } from '../testing/samples.ts';

let world: MasakariCloud;
beforeEach(async () => {
  world = await startMasakariCloud(['node1', 'node2']);
});
afterEach(() => world.stop());

describe('openstacksdk', () => {
  it('makes, finds, changes and removes segments', async () => {
    const told = await world.script(`
ha = conn.instance_ha
made = ha.create_segment(name='rack1', recovery_method='auto', service_type='COMPUTE', is_enabled=False)
ha.create_segment(name='rack2', recovery_method='rh_priority', service_type='COMPUTE', description='x')
changed = ha.update_segment(made.uuid, name='rack one', is_enabled=True)
shown = ha.get_segment(made.uuid)
names = lambda **query: [one.name for one in ha.segments(**query)]
listed = [names(), names(limit=1), names(recovery_method='auto'), names(is_enabled=True), names(is_enabled=False),
          names(sort_key='name', sort_dir='asc')]
ha.delete_segment(made.uuid)
ha.delete_segment(made.uuid)
missing = None
try:
    ha.delete_segment(made.uuid, ignore_missing=False)
except openstack.exceptions.ResourceNotFound as error:
    missing = str(error.details)
tell(dict(made=[made.name, made.is_enabled], changed=changed.name, shown=[shown.name, shown.is_enabled],
          listed=listed, left=names(), missing=missing, uuid=made.uuid))
`);
    expect(told).toEqual({
      made: ['rack1', false],
      changed: 'rack one',
      shown: ['rack one', true],
      listed: [
        ['rack2', 'rack one'],
        ['rack2', 'rack one'],
        ['rack one'],
        ['rack2', 'rack one'],
        [],
        ['rack one', 'rack2'],
      ],
      left: ['rack2'],
      missing: `No failover segment with id ${(told as { uuid: string }).uuid}.`,
      uuid: expect.any(String),
    });
  });

  it('puts hosts into a segment, changes them and takes them out; refusals have Masakari’s words', async () => {
    const told = await world.script(`
ha = conn.instance_ha
segment = ha.create_segment(name='rack1', recovery_method='auto', service_type='COMPUTE').uuid
one = ha.create_host(segment, name='node1', type='COMPUTE', control_attributes='SSH')
ha.create_host(segment, name='node2', type='COMPUTE', control_attributes='SSH', reserved=True)
def refused(**host):
    try:
        ha.create_host(segment, type='COMPUTE', control_attributes='SSH', **host)
    except openstack.exceptions.HttpException as error:
        return [error.status_code, error.details]
changed = ha.update_host(one.uuid, segment_id=segment, on_maintenance=True)
shown = ha.get_host(one.uuid, segment_id=segment)
names = lambda **query: [host.name for host in ha.hosts(segment, **query)]
listed = [names(), names(limit=1), names(reserved=True), names(on_maintenance=True), names(type='OTHER')]
ha.delete_host(one.uuid, segment_id=segment)
tell(dict(made=[one.name, one.reserved, one.on_maintenance, one.control_attributes], changed=changed.on_maintenance,
          shown=[shown.name, shown.on_maintenance, shown.failover_segment_id == segment], listed=listed, left=names(),
          refused=[refused(name='node2'), refused(name='node9'), refused(name=' x')]))
`);
    expect(told).toEqual({
      made: ['node1', false, false, 'SSH'],
      changed: true,
      shown: ['node1', true, true],
      listed: [['node2', 'node1'], ['node2', 'node1'], ['node2'], ['node1'], []],
      left: ['node2'],
      refused: [
        [409, 'Host with name node2 already exists.'],
        [400, 'Compute service with name node9 could not be found.'],
        [400, expect.stringContaining("An invalid 'name' value was provided.")],
      ],
    });
  });

  it('files notifications, lists and shows them with the workflow and the moves', async () => {
    const filed = (await world.script(`
ha = conn.instance_ha
segment = ha.create_segment(name='rack1', recovery_method='auto', service_type='COMPUTE').uuid
ha.create_host(segment, name='node1', type='COMPUTE', control_attributes='SSH')
send = lambda kind, **payload: ha.create_notification(
    type=kind, hostname='node1', generated_time='2026-01-02T03:04:05.123456', payload=payload)
vm = send('VM', instance_uuid='${instanceA}', event='LIFECYCLE', vir_domain_event='STOPPED_FAILED')
host = send('COMPUTE_HOST', event='STOPPED', cluster_status='OFFLINE', host_status='NORMAL')
send('PROCESS', event='STOPPED', process_name='nova-compute')
again = None
try:
    send('VM', instance_uuid='${instanceA}', event='LIFECYCLE', vir_domain_event='STOPPED_FAILED')
except openstack.exceptions.ConflictException as error:
    again = error.details
tell(dict(vm=[vm.type, vm.status], again=again, uuids=[vm.notification_uuid, host.notification_uuid]))
`)) as { uuids: [string, string] };
    expect(filed).toMatchObject({
      vm: ['VM', 'new'],
      again: 'Notification received from host node1 of type VM is duplicate.',
    });
    const [vm, host] = filed.uuids;
    const [claim] = await world.api.stores.recoveries.claim({ worker: 'w', leaseMs: 60_000, limit: 1 });
    if (claim?.notification.uuid !== vm) throw new Error('the first that was filed is claimed first');
    await world.api.stores.recoveries.end(
      claim,
      [
        { type: 'act-begun', atMs: 5, act: 'start', life: null, attempt: 1 },
        { type: 'act-ended', atMs: 9, act: 'start', outcome: 'done', detail: 'it runs' },
      ],
      { status: 'finished', message: 'it is back' },
    );
    await world.api.stores.vmoves.plan(host, [
      { instanceUuid: instanceA, instanceName: 'web-1', sourceHost: 'node1', type: 'evacuation' },
    ]);
    const told = await world.script(`
ha = conn.instance_ha
shown = ha.get_notification('${vm}')
raw = ha.get('/notifications/${vm}', microversion='1.3').json()['notification']
steps = [[step['name'], step['state'], step['progress']] for step in raw['recovery_workflow_details']]
types = lambda **query: [one.type for one in ha.notifications(**query)]
moves = ha.get('/notifications/${host}/vmoves', microversion='1.3').json()['vmoves']
tell(dict(shown=[shown.type, shown.status, shown.payload['instance_uuid']], steps=steps,
          listed=[types(), types(limit=1), types(type='VM'), types(status='finished'), types(generated_since='2026-06-01T00:00:00')],
          moves=[[move['instance_name'], move['status']] for move in moves]))
`);
    expect(told).toEqual({
      shown: ['VM', 'finished', instanceA],
      steps: [['StartInstanceTask', 'SUCCESS', 1]],
      listed: [['PROCESS', 'COMPUTE_HOST', 'VM'], ['PROCESS', 'COMPUTE_HOST', 'VM'], ['VM'], ['VM'], []],
      moves: [['web-1', 'pending']],
    });
  });
});

describe('the openstack command', () => {
  it('does the same for segments and hosts, by name', async () => {
    const { openstack, openstackJson } = world;
    const made = await openstackJson('segment', 'create', 'rack1', 'auto', 'COMPUTE', '--description', 'x');
    expect(made).toMatchObject({ name: 'rack1', recovery_method: 'auto', description: 'x' });
    await openstackJson('segment', 'host', 'create', 'node1', 'COMPUTE', 'SSH', 'rack1');
    expect(await openstackJson('segment', 'host', 'list', 'rack1')).toMatchObject([
      { name: 'node1', type: 'COMPUTE', control_attributes: 'SSH', on_maintenance: false },
    ]);
    await openstack('segment', 'host', 'update', 'rack1', 'node1', '--on_maintenance', 'True');
    expect(await openstackJson('segment', 'host', 'show', 'rack1', 'node1')).toMatchObject({
      on_maintenance: true,
    });
    await openstack('segment', 'update', 'rack1', '--name', 'rack one');
    expect(await openstackJson('segment', 'show', 'rack one')).toMatchObject({ name: 'rack one' });
    const twice = await openstack('segment', 'create', 'rack one', 'auto', 'COMPUTE');
    expect(twice).toMatchObject({
      code: 1,
      error: expect.stringContaining('Failover segment with name rack one already exists.'),
    });
    expect((await openstack('segment', 'host', 'delete', 'rack one', 'node1')).code).toBe(0);
    expect((await openstack('segment', 'delete', 'rack one')).code).toBe(0);
    expect(await openstackJson('segment', 'list')).toEqual([]);
  });

  it('files a notification, lists and shows it', async () => {
    const { openstackJson } = world;
    await openstackJson('segment', 'create', 'rack1', 'auto', 'COMPUTE');
    await openstackJson('segment', 'host', 'create', 'node1', 'COMPUTE', 'SSH', 'rack1');
    const payload = JSON.stringify({
      instance_uuid: instanceA,
      event: 'LIFECYCLE',
      vir_domain_event: 'STOPPED_FAILED',
    });
    const time = '2026-01-02T03:04:05';
    const filed = (await openstackJson('notification', 'create', 'VM', 'node1', time, payload)) as {
      notification_uuid: string;
    };
    expect(filed).toMatchObject({ type: 'VM', status: 'new' });
    expect(await openstackJson('notification', 'list', '--filters', 'type=VM')).toMatchObject([
      { notification_uuid: filed.notification_uuid, status: 'new', type: 'VM' },
    ]);
    expect(await openstackJson('notification', 'show', filed.notification_uuid)).toMatchObject({
      generated_time: '2026-01-02T03:04:05.000000',
      recovery_workflow_details: [],
    });
  });
});

describe('Masakari’s own monitors', () => {
  it('file what they see, take 409 for an answer, and are told that an ordinary stop is ignored', async () => {
    const told = await world.script(`
import os
segment = conn.instance_ha.create_segment(name='rack1', recovery_method='auto', service_type='COMPUTE').uuid
conn.instance_ha.create_host(segment, name='node1', type='COMPUTE', control_attributes='SSH')
import masakarimonitors.conf
from masakarimonitors.ha import masakari
conf = masakarimonitors.conf.CONF
path = os.path.join(os.environ['HOME'], 'masakarimonitors.conf')
with open(path, 'w') as file:
    file.write('[api]\\nproject_domain_name = Default\\nuser_domain_name = Default\\nproject_name = admin\\n')
    for key in ('auth_url', 'username', 'password'):
        file.write('%s = %s\\n' % (key, os.environ['OS_' + key.upper()]))
conf(['--config-file', path], project='masakarimonitors')
tries = []
def send(event, detail):
    notifier = masakari.SendNotification()
    create = notifier.masakari_client.create_notification
    def counted(**what):
        try:
            made = create(**what)
            tries.append(made.status)
            return made
        except openstack.exceptions.HttpException as error:
            tries.append(error.status_code)
            raise
    notifier.masakari_client.create_notification = counted
    notifier.send_notification(2, 0, {'notification': {'type': 'VM', 'hostname': 'node1',
        'generated_time': '2026-01-02 03:04:05.123456+00:00',
        'payload': {'event': event, 'instance_uuid': '${instanceA}', 'vir_domain_event': detail}}})
send('LIFECYCLE', 'STOPPED_FAILED')
send('LIFECYCLE', 'STOPPED_FAILED')
send('LIFECYCLE', 'STOPPED_SHUTDOWN')
tell(tries)
`);
    expect(told).toEqual(['new', 409, 'ignored']);
    const kept = await world.api.stores.notifications.list({}, { limit: 10 });
    expect(kept).toMatchObject([{ host: 'node1', instanceUuid: instanceA, filedBy: 'admin' }]);
  });
});
