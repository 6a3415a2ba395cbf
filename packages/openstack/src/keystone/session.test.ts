import type { Clock, Logger } from '@instance-ha/ports';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeWorld, type FakeWorldOptions, fakeWorld, patiently } from '../../testing/fake-world.ts';
import { fakeAdmin } from '../fake-nova.ts';
import { OpenStackError } from '../openstack-error.ts';

let opened: FakeWorld | undefined;
afterEach(async () => opened?.close());

async function world(options: FakeWorldOptions = {}): Promise<FakeWorld> {
  opened = await fakeWorld({ connection: { limits: { calls: { retryMs: 1 } } }, ...options });
  return opened;
}
const failureOf = async (work: Promise<unknown>): Promise<OpenStackError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!OpenStackError.isInstance(error))
    throw new Error(`expected an OpenStackError, found ${String(error)}`);
  return error;
};

/** The system's clock, set forward by hand. */
function shiftedClock(): Clock & { shiftMs: number } {
  const clock = {
    ...systemClock,
    shiftMs: 0,
    monotonicMs: (): number => systemClock.monotonicMs() + clock.shiftMs,
  };
  return clock;
}

describe('logging in', () => {
  it('is done once for all who ask at the same time, and the token is used again', async () => {
    const { fake, openstack } = await world();
    const { id } = fake.cloud.addServer();
    await Promise.all(Array.from({ length: 20 }, () => openstack.nova.showServer(id, patiently)));
    await openstack.nova.showServer(id, patiently);
    expect(fake.keystone.logins).toBe(1);
  });

  it('is done again shortly before the token expires', async () => {
    const clock = shiftedClock();
    const { fake, openstack } = await world({ clock, keystone: { tokenLifetimeMs: 3_600_000 } });
    await openstack.nova.listAggregates(patiently);
    clock.shiftMs += 3_600_000 - 61_000;
    await openstack.nova.listAggregates(patiently);
    expect(fake.keystone.logins).toBe(1);
    clock.shiftMs += 2_000;
    await openstack.nova.listAggregates(patiently);
    expect(fake.keystone.logins).toBe(2);
  });

  it('is done again, once, when the token has gone before its time', async () => {
    const { fake, openstack } = await world();
    await openstack.nova.listAggregates(patiently);
    fake.keystone.revokeTokens();
    await Promise.all(Array.from({ length: 10 }, () => openstack.nova.listAggregates(patiently)));
    expect(fake.keystone.logins).toBe(2);
  });

  it('an act that met a void token is done once', async () => {
    const { fake, openstack } = await world();
    const { id } = fake.cloud.addServer();
    await openstack.nova.listAggregates(patiently);
    fake.keystone.revokeTokens();
    await openstack.nova.stopServer(id, patiently);
    expect(fake.cloud.server(id).actions.map(({ action }) => action)).toEqual(['stop', 'create']);
  });

  it('that is cut off by the end of the session after everybody gave it up disturbs nobody', async () => {
    const { fake, openstack } = await world();
    fake.faults.add({ path: /tokens/, does: 'hang' });
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const gaveUp = { timeoutMs: 1000, signal: AbortSignal.abort() };
    expect((await failureOf(openstack.nova.listAggregates(gaveUp))).code).toBe('aborted');
    await openstack.close();
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });

  it('does not go in circles when Nova refuses fresh tokens too', async () => {
    const { fake, openstack } = await world();
    fake.faults.add({ path: /^\/v2/, does: 'answer', status: 401 });
    expect((await failureOf(openstack.nova.listAggregates(patiently))).code).toBe('unauthorized');
    expect(fake.keystone.logins).toBe(2);
  });

  it('is not repeated at once with credentials that were refused: Keystone may lock the user out', async () => {
    const clock = shiftedClock();
    const { fake, openstack } = await world({ clock, settings: { password: 'wrong' } });
    for (let time = 0; time < 5; time += 1)
      expect(await failureOf(openstack.nova.listAggregates(patiently))).toMatchObject({
        code: 'unauthorized',
        sent: false,
      });
    expect(fake.keystone.logins).toBe(1);
    clock.shiftMs += 10_000;
    await failureOf(openstack.nova.listAggregates(patiently));
    expect(fake.keystone.logins).toBe(2);
  });

  it('works with an application credential', async () => {
    const credential = { id: 'cred', name: 'ha', secret: 'shh', userId: fakeAdmin.id };
    opened = await fakeWorld({ keystone: { credentials: [credential] } });
    const { fake } = opened;
    const { connectOpenStack } = await import('../open-stack.ts');
    const { resolveSettings } = await import('../settings/settings.ts');
    const { quietLogger } = await import('../../testing/quiet-logger.ts');
    const resolved = resolveSettings({
      options: {
        authUrl: fake.authUrl,
        applicationCredentialId: 'cred',
        applicationCredentialSecret: 'shh',
      },
    });
    if (!resolved.ok) throw new Error(resolved.errors.join());
    const openstack = connectOpenStack({ settings: resolved.settings, clock: systemClock, log: quietLogger });
    expect(await openstack.nova.listAggregates(patiently)).toEqual([]);
    await openstack.close();
  });
});

describe('a Keystone that is not well', () => {
  it('is asked again', async () => {
    const { fake, openstack } = await world();
    fake.faults.add({ path: /^\/v3/, does: 'answer', status: 503, times: 2 });
    expect(await openstack.nova.listAggregates(patiently)).toEqual([]);
  });

  it.each(['drop', 'garbage'] as const)('%s for ever', async does => {
    const { fake, openstack } = await world();
    fake.faults.add({ path: /^\/v3/, does });
    const { code, sent } = await failureOf(openstack.nova.stopServer('x', patiently));
    expect([code, sent]).toEqual([does === 'drop' ? 'connection-lost' : 'garbage', false]);
  });

  it('keeps nobody longer than he will wait, and serves him who waits longer', async () => {
    const { fake, openstack } = await world();
    fake.faults.add({ path: /^\/v3/, does: 'delay', delayMs: 300, times: 1 });
    const patient = openstack.nova.listAggregates(patiently);
    const hasty = failureOf(openstack.nova.listAggregates({ ...patiently, timeoutMs: 50 }));
    expect(await hasty).toMatchObject({ code: 'timeout', sent: false });
    expect(await patient).toEqual([]);
    expect(fake.keystone.logins).toBe(1);
  });

  it('does not matter while the token lasts', async () => {
    const { fake, openstack } = await world();
    await openstack.nova.listAggregates(patiently);
    fake.faults.add({ path: /^\/v3/, does: 'hang' });
    expect(await openstack.nova.listAggregates(patiently)).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('names what there is when the endpoint wanted is not in it', async () => {
    const { openstack } = await world({ settings: { region: 'Atlantis' } });
    const error = await failureOf(openstack.nova.listAggregates(patiently));
    expect(error.code).toBe('no-endpoint');
    expect(error.message).toContain('region Atlantis');
    expect(error.message).toContain('public in RegionOne');
  });

  it('is not asked for an endpoint that was given', async () => {
    const first = await world({ settings: { region: 'Atlantis' } });
    const { fake } = first;
    const { connectOpenStack } = await import('../open-stack.ts');
    const { settingsOf } = await import('../../testing/fake-world.ts');
    const { quietLogger } = await import('../../testing/quiet-logger.ts');
    const openstack = connectOpenStack({
      settings: settingsOf(fake.authUrl, { region: 'Atlantis', computeEndpoint: fake.computeUrl }),
      clock: systemClock,
      log: quietLogger,
    });
    expect(await openstack.nova.listAggregates(patiently)).toEqual([]);
    await openstack.close();
  });
});

it('says nothing secret, whatever happens', async () => {
  const lines: unknown[] = [];
  const write = (fields: object, message: string): void => void lines.push({ ...fields, message });
  const log: Logger = {
    trace: write,
    debug: write,
    info: write,
    warn: write,
    error: write,
    fatal: write,
    child: () => log,
  };
  const { fake, openstack } = await world({ connection: { log, limits: { calls: { retryMs: 1 } } } });
  const token = fake.keystone.issueTo(fakeAdmin);
  const validator = openstack.createTokenValidator();
  const told: unknown[] = [
    await validator.validate(token, patiently),
    await validator.validate(`${token}x`, patiently),
  ];
  fake.keystone.revokeTokens();
  await openstack.nova.listAggregates(patiently);
  for (const does of ['garbage', 'drop'] as const) {
    fake.faults.clear();
    fake.faults.add({ does });
    told.push(await failureOf(openstack.nova.listAggregates(patiently)));
    told.push(await validator.validate(`${token}y${does}`, patiently));
  }
  const { inspect } = await import('node:util');
  const all = inspect([lines, told], { depth: 12 }) + JSON.stringify([lines, told]);
  expect(lines.length).toBeGreaterThan(3);
  expect(all).not.toContain('gAAAAAB');
  expect(all).not.toContain('secret"');
  expect(all).not.toMatch(/password['"]?:/);
});
