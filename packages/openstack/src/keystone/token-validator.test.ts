import type { Clock } from '@instance-ha/ports';
import { systemClock } from '@instance-ha/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeWorld, type FakeWorldOptions, fakeWorld, patiently } from '../../testing/fake-world.ts';
import { fakeAdmin } from '../fake-nova.ts';

let opened: FakeWorld | undefined;
afterEach(async () => opened?.close());

async function world(options: FakeWorldOptions = {}): Promise<FakeWorld> {
  opened = await fakeWorld({ connection: { limits: { calls: { retryMs: 1 } } }, ...options });
  return opened;
}
function shiftedClock(): Clock & { shiftMs: number } {
  const clock = {
    ...systemClock,
    shiftMs: 0,
    monotonicMs: (): number => systemClock.monotonicMs() + clock.shiftMs,
    wallMs: (): number => systemClock.wallMs() + clock.shiftMs,
  };
  return clock;
}
const member = { id: 'm-id', name: 'demo', password: 'x', roles: ['member', 'reader'] };

describe('a token that Keystone knows', () => {
  it('tells whose it is', async () => {
    const { fake, openstack } = await world();
    const verdict = await openstack.createTokenValidator().validate(fake.keystone.issueTo(member), patiently);
    expect(verdict).toEqual({
      valid: true,
      owner: {
        userId: 'm-id',
        userName: 'demo',
        domain: { id: 'default', name: 'Default' },
        projectId: 'admin-project',
        projectName: 'admin',
        system: false,
        roles: ['member', 'reader'],
        expiresAt: expect.stringMatching(/^\d{4}-/),
      },
    });
  });

  it('is asked for once, by however many at once, until its time is over', async () => {
    const clock = shiftedClock();
    const { fake, openstack } = await world({ clock });
    const validator = openstack.createTokenValidator({ ttlMs: 30_000 });
    const token = fake.keystone.issueTo(member);
    const validate = () => validator.validate(token, patiently);
    await Promise.all([validate(), validate(), validate()]);
    await validate();
    expect(fake.keystone.validations).toBe(1);
    clock.shiftMs += 30_001;
    expect((await validate()).valid).toBe(true);
    expect(fake.keystone.validations).toBe(2);
  });

  it('is not believed beyond its expiry', async () => {
    const clock = shiftedClock();
    const { fake, openstack } = await world({ clock });
    const validator = openstack.createTokenValidator({ ttlMs: 3_600_000 });
    const token = fake.keystone.issueTo(member, 20_000);
    expect((await validator.validate(token, patiently)).valid).toBe(true);
    clock.shiftMs += 20_001;
    await validator.validate(token, patiently);
    expect(fake.keystone.validations).toBe(2);
  });
});

describe('a token that Keystone does not know', () => {
  it('is refused, and not asked for again for a moment', async () => {
    const clock = shiftedClock();
    const { fake, openstack } = await world({ clock });
    const validator = openstack.createTokenValidator();
    const validate = () => validator.validate('gAAAAABfalse', patiently);
    expect(await validate()).toMatchObject({ valid: false, why: 'refused' });
    await validate();
    expect(fake.keystone.validations).toBe(1);
    clock.shiftMs += 5_001;
    await validate();
    expect(fake.keystone.validations).toBe(2);
  });

  it.each(['', 'with space', 'new\nline', 'ümlaut', 'x'.repeat(8_193)])(
    '%j is not even asked for',
    async token => {
      const { fake, openstack } = await world();
      const verdict = await openstack.createTokenValidator().validate(token, patiently);
      expect(verdict).toMatchObject({ valid: false, why: 'malformed' });
      expect(fake.requests).toEqual([]);
    },
  );

  it('however many there are, the true ones stay known', async () => {
    const { fake, openstack } = await world();
    const validator = openstack.createTokenValidator({ entryLimit: 10 });
    const token = fake.keystone.issueTo(member);
    await validator.validate(token, patiently);
    for (let count = 0; count < 50; count += 1) await validator.validate(`gAAAAABfalse${count}`, patiently);
    await validator.validate(token, patiently);
    expect(fake.keystone.validations).toBe(51);
  });
});

describe('when nothing can be known', () => {
  it.each([
    ['Keystone is away', { does: 'drop' }],
    ['a proxy answers', { does: 'garbage' }],
    ['our user may not ask', { does: 'answer', status: 403, body: '{"error":{"code":403,"message":"no"}}' }],
  ] as const)('%s: it is said so, and not remembered', async (_name, fault) => {
    const { fake, openstack } = await world();
    const validator = openstack.createTokenValidator();
    const token = fake.keystone.issueTo(member);
    await openstack.nova.listAggregates(patiently);
    fake.faults.add({ path: /^\/v3/, ...fault });
    expect(await validator.validate(token, patiently)).toMatchObject({ valid: false, why: 'could-not-ask' });
    fake.faults.clear();
    expect((await validator.validate(token, patiently)).valid).toBe(true);
  });

  it('nobody waits longer than he will, and no more questions go out than the limit', async () => {
    const { fake, openstack } = await world();
    const validator = openstack.createTokenValidator({ pendingLimit: 1 });
    await openstack.nova.listAggregates(patiently);
    fake.faults.add({ path: /^\/v3/, does: 'hang' });
    const hasty = { ...patiently, timeoutMs: 50 };
    const [first, second] = await Promise.all([
      validator.validate('gAAAAAB1', hasty),
      validator.validate('gAAAAAB2', hasty),
    ]);
    expect(first).toMatchObject({ why: 'could-not-ask', detail: expect.stringContaining('within 50 ms') });
    expect(second).toMatchObject({
      why: 'could-not-ask',
      detail: expect.stringContaining('asked for already'),
    });
  });

  it('an aborted question rejects with the reason', async () => {
    const { fake, openstack } = await world();
    fake.faults.add({ does: 'hang' });
    const controller = new AbortController();
    const asked = openstack
      .createTokenValidator()
      .validate('gAAAAAB1', { timeoutMs: 5_000, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  it('our own token is renewed when Keystone has forgotten it', async () => {
    const { fake, openstack } = await world();
    const validator = openstack.createTokenValidator();
    await openstack.nova.listAggregates(patiently);
    fake.keystone.revokeTokens();
    const token = fake.keystone.issueTo(fakeAdmin);
    expect((await validator.validate(token, patiently)).valid).toBe(true);
    expect(fake.keystone.logins).toBe(2);
  });
});
