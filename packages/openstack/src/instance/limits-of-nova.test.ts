import type { InstanceControl } from '@instance-ha/ports';
import type { ActOutcome, InstanceAct } from '@instance-ha/recovery';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeWorld, fakeWorld, patiently } from '../../testing/fake-world.ts';
import { quietLogger } from '../../testing/quiet-logger.ts';
import type { FakeServer, FakeServerSpec } from '../fake-nova.ts';
import { createNovaInstanceControl } from './control.ts';

let world: FakeWorld;
let control: InstanceControl;
beforeEach(async () => {
  world = await fakeWorld();
  const { nova } = world.openstack;
  control = createNovaInstanceControl({ nova, clock: systemClock, log: quietLogger });
});
afterEach(async () => world.close());

const addServer = (spec: FakeServerSpec = {}): FakeServer =>
  world.fake.cloud.addServer({ host: 'fake1', ...spec });
const refOf = ({ id }: FakeServer) => ({ instanceUuid: id, host: 'fake1' });
const look = async (server: FakeServer) => control.look(refOf(server), patiently);

/** Meant for the boot that runs. */
async function act(server: FakeServer, what: InstanceAct): Promise<ActOutcome> {
  const seen = await look(server);
  const life = seen.seen === 'instance' ? seen.life : null;
  return control.act(what, refOf(server), { ...patiently, life });
}

const asked = (): string[] =>
  world.fake.requests
    .filter(({ method }) => method === 'POST')
    .flatMap(({ path }) => (path.endsWith('/action') ? [path] : []));

/** What was asked for a server, in order. */
const callsOf = ({ id }: FakeServer): string[] =>
  world.fake.requests.flatMap(({ method, path }) =>
    path.includes(id) ? [`${method} ${path.slice(path.indexOf(id) + id.length)}`] : [],
  );

describe('a server that is restarted at once after it was looked at', () => {
  it('is not looked at again before its stop, before its start and after it', async () => {
    const server = addServer();
    expect(await act(server, 'stop')).toMatchObject({ outcome: 'done' });
    const started = await control.act('start', refOf(server), { ...patiently, life: null });
    const looked = await look(server);
    expect(started.sighting).toMatchObject({ seen: 'instance', state: 'running', hostService: 'up' });
    expect(looked).toMatchObject({ life: (started.sighting as { life?: string }).life });
    const calls = callsOf(server).filter(call => !call.startsWith('GET ') || call.includes('actions'));
    expect(calls.map(call => call.replace(/\?.*/, ''))).toEqual([
      'GET /os-instance-actions', // the look before the stop
      'POST /action',
      'POST /action',
      'GET /os-instance-actions', // the look of this test
    ]);
  });

  it('is looked at again before a stop that comes later, and before any hard reboot', async () => {
    const server = addServer();
    const seen = await look(server);
    const life = seen.seen === 'instance' ? seen.life : null;
    await new Promise(resolve => setTimeout(resolve, 130));
    expect(await control.act('stop', refOf(server), { ...patiently, life })).toMatchObject({
      outcome: 'done',
    });
    expect(callsOf(server).filter(call => call.includes('actions'))).toHaveLength(2);
    const other = addServer();
    await act(other, 'hard-reboot');
    expect(callsOf(other).filter(call => call.includes('actions'))).toHaveLength(2);
  });
});

describe('a locked server', () => {
  it('is restarted by an administrator, and stays locked', async () => {
    const server = addServer();
    server.locked = true;
    expect(await act(server, 'stop')).toMatchObject({ outcome: 'done' });
    expect(await act(server, 'start')).toMatchObject({ outcome: 'done' });
    expect(server).toMatchObject({ vmState: 'active', locked: true });
  });

  it.each(['stop', 'hard-reboot'] as const)(
    'is not for others: a %s is refused, not asked for again',
    async what => {
      const server = addServer();
      server.locked = true;
      world.fake.cloud.asAdmin = false;
      expect(await act(server, what)).toEqual({
        outcome: 'refused',
        detail: expect.stringContaining(`Instance ${server.id} is locked`),
      });
    },
  );
});

describe('a host that Nova does not hear of', () => {
  it('and that is disabled is in MAINTENANCE to Nova: its service is asked for, and the server for nothing', async () => {
    const server = addServer();
    Object.assign(world.fake.cloud.service('fake1'), { enabled: false, running: false, stoppedAtMs: 0 });
    expect(await look(server)).toMatchObject({ hostService: 'down' });
    expect(await act(server, 'stop')).toMatchObject({ outcome: 'failed' });
    expect(asked()).toEqual([]);
  });

  it('is up when it is disabled and reports', async () => {
    const server = addServer();
    world.fake.cloud.service('fake1').enabled = false;
    expect(await look(server)).toMatchObject({ hostService: 'up' });
    expect(await act(server, 'stop')).toMatchObject({ outcome: 'done' });
  });

  it('was forced down by somebody', async () => {
    const server = addServer();
    world.fake.cloud.service('fake1').forcedDown = true;
    expect(await look(server)).toMatchObject({ hostService: 'forced-down' });
  });
});

describe('an evacuation', () => {
  const lose = (): void =>
    void Object.assign(world.fake.cloud.service('fake1'), { running: false, stoppedAtMs: 0 });
  const evacuations = () => world.fake.cloud.migrations.length;

  it('makes a server run that Nova had stopped by itself', async () => {
    const server = addServer();
    world.fake.cloud.killGuest(server.id, true);
    lose();
    expect(await act(server, 'evacuate')).toEqual({
      outcome: 'done',
      detail: expect.stringMatching(/^is on fake2: is vm_state active, power_state RUNNING/),
    });
  });

  it('that somebody else asked for is followed, and no second one asked for', async () => {
    const server = addServer();
    lose();
    world.fake.cloud.evacuate(server, null, { userId: 'an-operator', requestId: 'req-1' });
    expect(await act(server, 'evacuate')).toMatchObject({ outcome: 'done' });
    expect(evacuations()).toBe(1);
  });

  it('leaves a server off that somebody has stopped on its new host', async () => {
    const server = addServer({ vmState: 'stopped', host: 'fake2' });
    server.record('evacuate', { userId: 'us', requestId: 'req-1' });
    server.record('stop', { userId: 'its-owner', requestId: 'req-2' });
    expect(await act(server, 'evacuate')).toEqual({
      outcome: 'done',
      detail: 'is on fake2, where somebody stopped it',
    });
    expect(server.vmState).toBe('stopped');
  });

  it.each(['no-valid-host', 'fails-midway'] as const)('that fails says why: %s', async evacuation => {
    const server = addServer({ script: { evacuation } });
    lose();
    expect(await act(server, 'evacuate')).toEqual({
      outcome: 'failed',
      detail: expect.stringMatching(/it is still on fake1: vm_state error.*fault "/),
    });
  });

  it.each(['paused', 'suspended', 'rescued', 'resized'])(
    'of a server that is %s is refused by Nova',
    async vmState => {
      const server = addServer({ vmState });
      lose();
      expect(await act(server, 'evacuate')).toMatchObject({ outcome: 'refused' });
      expect(evacuations()).toBe(0);
    },
  );
});

describe('a look', () => {
  it('tells the metadata, and when the boot that runs was asked for', async () => {
    const server = addServer({ metadata: { HA_Enabled: 'True' } });
    expect(await look(server)).toMatchObject({
      metadata: { HA_Enabled: 'True' },
      bootedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z$/),
    });
  });

  it('at a server that was shelved away finds it off by wish, on no host as it is', async () => {
    const server = addServer({ vmState: 'shelved_offloaded', host: null });
    expect(await look(server)).toMatchObject({ seen: 'instance', state: 'stopped', byOperator: true });
  });

  it('at a server on another host tells which', async () => {
    const server = addServer({ host: 'fake2' });
    expect(await look(server)).toMatchObject({ seen: 'nothing', movedTo: 'fake2' });
  });

  it.each(['stop', 'hard-reboot'] as const)(
    'a %s of a server that waits for its resize to be confirmed is refused',
    async what => {
      const server = addServer({ vmState: 'resized' });
      expect(await act(server, what)).toMatchObject({ outcome: 'refused' });
      expect(asked()).toEqual([]);
    },
  );
});
