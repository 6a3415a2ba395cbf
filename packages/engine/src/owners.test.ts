import type { NotificationRecord } from '@instance-ha/ports';
import { RecoveryEventSchema } from '@instance-ha/recovery';
import { afterEach, describe, expect, it } from 'vitest';
import { TestWorld, uuidOf } from '../testing/world.ts';

const worlds: TestWorld[] = [];
const world = (...told: ConstructorParameters<typeof TestWorld>): TestWorld => {
  const made = new TestWorld(...told);
  worlds.push(made);
  return made;
};
afterEach(async () => {
  for (const one of worlds.splice(0)) await one.close();
});

async function sightings(cloud: TestWorld, { uuid }: NotificationRecord) {
  const journal = await cloud.stores.notifications.journal(uuid);
  return journal.flatMap(({ event }) => {
    const fact = RecoveryEventSchema.parse(event);
    return fact.type === 'looked' ? [fact.sighting] : [];
  });
}

describe('an instance of a cloud whose owner', () => {
  it('did not ask for recovery is ignored, and the journal keeps nothing else of its metadata', async () => {
    const cloud = world();
    cloud.policy.processAllInstances = false;
    cloud.told = { metadata: { HA_Enabled: 'no', password: 'hunter2' } };
    cloud.start();
    const record = await cloud.crash();
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
    expect((await cloud.get(record)).facts.at(-1)).toBe('ignored by not-marked');
    expect(await sightings(cloud, record)).toMatchObject([{ metadata: { HA_Enabled: 'no' } }]);
    expect(JSON.stringify(await sightings(cloud, record))).not.toContain('hunter2');
  });

  it('holds it is let alone until then, by the clock of the database, and recovered after', async () => {
    const cloud = world();
    const until = new Date(cloud.clock.wallMs() + 900_000).toISOString();
    cloud.told = { metadata: { HA_Hold_Until: until } };
    cloud.start();
    const record = await cloud.crash();
    await cloud.clock.advance(890_000);
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
    expect(await cloud.get(record)).toMatchObject({
      status: 'error',
      message: `its owner holds it until ${until}: not touched`,
    });
    await cloud.untilEnded(30_000);
    expect(cloud.control.changes(uuidOf(1))).toEqual(['start']);
    expect((await cloud.get(record)).message).toBe(
      `restarted, and heard again; its owner's hold ended at ${until}`,
    );
  });
});

describe('an instance whose compute service does not report', () => {
  const told = { silent: new Set(['node1']), evacuateTo: 'node2' };
  const booted = { metadata: {}, bootedAt: '2000-01-01T00:00:00Z' };

  it('waits for it, and is restarted when it reports again', async () => {
    const silent = new Set(['node1']);
    const cloud = world({ silent });
    cloud.told = booted;
    cloud.start();
    const record = await cloud.crash();
    await cloud.clock.advance(60_000);
    expect(cloud.control.changes(uuidOf(1))).toEqual([]);
    silent.clear();
    await cloud.untilEnded(600_000);
    expect((await cloud.get(record)).facts.at(-1)).toBe('finished by verified');
  });

  it('is evacuated where that is allowed, in the time that an evacuation may take', async () => {
    const cloud = world(told);
    cloud.policy.allowEvacuate = true;
    cloud.told = booted;
    cloud.control.next('evacuate', { takesMs: 200_000 });
    cloud.start();
    const record = await cloud.crash();
    await cloud.untilEnded();
    expect(await cloud.get(record)).toEqual({
      status: 'finished',
      message: 'evacuated: runs on node2',
      facts: [
        'begun',
        'looked: stopped',
        'budget',
        'heartbeat: not-yet',
        'evacuate begun',
        'evacuate done',
        'finished by rebuilt-elsewhere',
      ],
    });
  });

  it('is evacuated once, though its worker dies while it is', async () => {
    const cloud = world(told);
    cloud.policy.allowEvacuate = true;
    cloud.told = booted;
    const first = cloud.start();
    cloud.control.next('evacuate', { does: 'hang', effect: true });
    const record = await cloud.crash();
    await cloud.clock.advance(2000);
    first.stop.abort(new Error('killed'));
    cloud.start();
    await cloud.untilEnded();
    expect(cloud.control.changes(uuidOf(1))).toEqual(['evacuate']);
    expect((await cloud.get(record)).facts.at(-1)).toBe('finished by rebuilt-elsewhere');
  });
});
