import { describe, expect, it } from 'vitest';
import { tellWhatStands } from './telling.ts';
import { patrolStory, uuid } from './testing/patrol-story.ts';

const minute = 60_000;

describe('a crash', () => {
  it('is filed once, with evidence and the times of the wall clock', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    expect(story.filed()).toEqual([expect.stringContaining('qemu-failed instance/compute-1/')]);
    const [filed] = story.sink.filed;
    expect(filed).toMatchObject({
      host: 'compute-1',
      faultAt: '2026-01-01T00:01:00.000Z',
      payload: { instanceUuid: uuid(1), hadHeartbeat: true },
    });
    expect(filed?.evidence?.rule).toBe('stopped-failed');
    expect(story.value('vmha_detections_total qemu-failed')).toBe(1);
    expect(story.value('vmha_verdicts_total stopped-failed')).toBe(1);
    expect(story.spool.depth).toBe(0);
    await story.stop();
  });

  it('is reported as failed, and as heard again once the guest answers', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    story.probe.crash(uuid(1));
    await story.clock.advance(1000);
    expect(story.lastReport()?.guests).toMatchObject([
      { phase: 'failed', heardAgainAt: null, incidentKey: story.sink.filed[0]?.incidentKey },
    ]);
    story.probe.start(uuid(1));
    await story.clock.advance(30_000);
    const reports = story.reporter.reports.flatMap(report => report.guests);
    expect(reports.some(guest => guest.phase === 'alive' && guest.heardAgainAt !== null)).toBe(true);
    await story.stop();
  });
});

describe('silence', () => {
  it('is filed after three misses in a row, and a single answer forgives', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    const guest = story.probe.guests.get(uuid(1));
    if (!guest) throw new Error('no guest');
    guest.ping = 'hangs';
    await story.clock.advance(50_000);
    guest.ping = 'answered';
    await story.clock.advance(2 * minute);
    expect(story.filed()).toEqual([]);
    guest.ping = 'hangs';
    await story.clock.advance(3 * minute);
    expect(story.filed()).toEqual([expect.stringContaining('heartbeat-lost')]);
    await story.stop();
  });

  it('of a hypervisor is blindness: nothing is filed, and the report says so', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    story.probe.lose('connection refused');
    await story.clock.advance(10 * minute);
    expect(story.filed()).toEqual([]);
    expect(story.lastReport()).toMatchObject({ state: 'blind', cause: 'connection refused' });
    story.probe.restore();
    await story.clock.advance(minute);
    expect(story.lastReport()).toMatchObject({ state: 'watching' });
    await story.stop();
  });

  it('of a hypervisor and its return are told at once: a worker must know who listens', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute + 5000);
    story.probe.lose('connection refused');
    await story.clock.advance(100);
    expect(story.lastReport()).toMatchObject({ state: 'blind' });
    await story.clock.advance(12_000);
    story.probe.restore();
    await story.clock.advance(100);
    expect(story.lastReport()).toMatchObject({ state: 'watching' });
    await story.stop();
  });

  it('of most guests together suspects the host and restarts nobody', async () => {
    const guests = Array.from({ length: 10 }, (_, index) => uuid(index + 1));
    const story = patrolStory({ guests });
    story.start();
    await story.clock.advance(minute);
    for (const silent of guests.slice(0, 8))
      Object.assign(story.probe.guests.get(silent) ?? {}, { ping: 'hangs' });
    await story.clock.advance(10 * minute);
    expect(story.filed()).toEqual([]);
    expect(story.lastReport()?.gate.suspect).toBe(true);
    expect([story.value('vmha_host_suspect'), story.value('vmha_guests_held')]).toEqual([1, 8]);
    for (const silent of guests) Object.assign(story.probe.guests.get(silent) ?? {}, { ping: 'answered' });
    await story.clock.advance(10 * minute);
    expect(story.lastReport()?.gate.suspect).toBe(false);
    expect(story.filed()).toEqual([]);
    expect([story.value('vmha_host_suspect'), story.value('vmha_guests_held')]).toEqual([0, 0]);
    expect(story.value('vmha_host_gate_closed_total')).toBe(1);
    await story.stop();
  });
});

describe('an API that is away', () => {
  it('delays notifications and loses none; they arrive in order', async () => {
    const story = patrolStory({ guests: [uuid(1), uuid(2), uuid(3)] });
    story.start();
    await story.clock.advance(minute);
    story.sink.setAway('connection refused');
    for (const number of [2, 1, 3]) {
      story.probe.crash(uuid(number));
      await story.clock.advance(1000);
    }
    await story.clock.advance(60 * minute);
    expect(story.spool.depth).toBe(3);
    story.sink.setAway(undefined);
    await story.clock.advance(minute);
    expect(
      story.sink.filed.map(({ payload }) => payload.type === 'COMPUTE_INSTANCE' && payload.instanceUuid),
    ).toEqual([uuid(2), uuid(1), uuid(3)]);
    expect(story.spool.depth).toBe(0);
    await story.stop();
  });

  it('is asked again ever more seldom, and by each host at its own times', async () => {
    const triedAtMs = async (random: () => number): Promise<number[]> => {
      const story = patrolStory({ random });
      const tries: number[] = [];
      const deliver = story.sink.deliver.bind(story.sink);
      story.sink.deliver = (...told) => {
        tries.push(story.clock.monotonicMs());
        return deliver(...told);
      };
      story.start();
      await story.clock.advance(minute);
      story.sink.setAway('connection refused');
      story.probe.crash(uuid(1));
      await story.clock.advance(minute / 2);
      await story.stop();
      return tries.slice(0, 6).map(atMs => atMs - (tries[0] ?? 0));
    };
    expect(await triedAtMs(() => 0)).toEqual([0, 1000, 3000, 7000, 15_000, 23_000]);
    expect(await triedAtMs(() => 1)).toEqual([0, 500, 1500, 3500, 7500, 11_500]);
  });

  it('does not keep a disk that refuses from being tried again', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    story.spool.broken = true;
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    expect(story.filed()).toEqual([]);
    expect(story.lines.join()).toContain('the spool could not be written');
    story.spool.broken = false;
    await story.clock.advance(minute);
    expect(story.filed()).toHaveLength(1);
    await story.stop();
  });
});

describe('a monitor that starts again', () => {
  it('finds the guest that died meanwhile', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    await story.stop();
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    story.start();
    await story.clock.advance(minute);
    expect(story.filed()).toEqual([expect.stringContaining('found-dead')]);
    await story.stop();
  });

  it('files an incident again under the same key when it died between spool and record', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    const before = structuredClone(story.record.saved);
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    await story.stop();
    story.record.saved = before; // As if kill -9 had come before the record was replaced.
    story.start();
    await story.clock.advance(minute);
    expect(story.sink.attempts).toHaveLength(2);
    expect(story.sink.filed).toHaveLength(1);
    await story.stop();
  });

  it('never records an incident that is not in the spool', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    const before = JSON.stringify(story.record.saved);
    story.spool.broken = true;
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    expect(JSON.stringify(story.record.saved)).toBe(before);
    story.spool.broken = false;
    await story.clock.advance(minute);
    expect(JSON.stringify(story.record.saved)).not.toBe(before);
    await story.stop();
  });

  it('delivers no incident that its record does not know', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    const before = JSON.stringify(story.record.saved);
    let refuse = (): void => {};
    const save = story.record.save.bind(story.record);
    story.record.save = () =>
      new Promise<void>(resolve => {
        refuse = () => {
          story.record.save = save;
          resolve();
        };
      });
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    expect(story.spool.depth).toBe(1);
    expect(story.sink.attempts).toEqual([]);
    expect(JSON.stringify(story.record.saved)).toBe(before);
    refuse();
    await story.clock.advance(minute);
    expect(story.filed()).toHaveLength(1);
    await story.stop();
  });

  it('hands over the burst of a dying host together, but of one guest one after the other', async () => {
    const guests = Array.from({ length: 40 }, (_, index) => uuid(index + 1));
    const story = patrolStory({ guests });
    story.start();
    await story.clock.advance(minute);
    const deliver = story.sink.deliver.bind(story.sink);
    const underWay = new Set<string>();
    let most = 0;
    story.sink.deliver = async (notification, options) => {
      const { instanceUuid } = notification.payload as { instanceUuid: string };
      expect(underWay.has(instanceUuid)).toBe(false);
      underWay.add(instanceUuid);
      most = Math.max(most, underWay.size);
      await story.clock.sleep(10);
      underWay.delete(instanceUuid);
      return deliver(notification, options);
    };
    story.sink.setAway('restarting');
    for (const guest of guests.slice(0, 20)) story.probe.crash(guest);
    await story.clock.advance(minute);
    const twentieth = story.spool.waiting(20)[19]?.value;
    if (!twentieth) throw new Error('twenty are expected to wait');
    const again: typeof twentieth = { ...twentieth, incidentKey: `${twentieth.incidentKey}-again` };
    await story.spool.append(again);
    for (const guest of guests.slice(20)) story.probe.crash(guest);
    await story.clock.advance(minute);
    expect(story.spool.depth).toBe(41);
    expect(most).toBe(1); // Who is away is asked by one.
    story.sink.setAway(undefined);
    await story.clock.advance(minute);
    expect(story.spool.depth).toBe(0);
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(16);
    const keys = story.sink.filed.map(({ incidentKey }) => incidentKey);
    expect(keys).toHaveLength(41);
    expect(keys.indexOf(again.incidentKey)).toBeGreaterThan(keys.indexOf(twentieth.incidentKey));
    await story.stop();
  });

  it('starts with nothing when the record is garbage, and says so', async () => {
    const story = patrolStory();
    story.record.saved = { version: 1, guests: 'garbage' };
    story.start();
    await story.clock.advance(minute);
    expect(story.lastReport()?.guests).toMatchObject([{ phase: 'alive' }]);
    expect(story.lines.join()).toContain('could not be read');
    await story.stop();
  });
});

describe('a receiver that declines a notification', () => {
  it('keeps nobody else waiting, is asked ever more seldom, and gets it, in order, when that is put right', async () => {
    const story = patrolStory({ guests: [uuid(1), uuid(2)] });
    story.start();
    await story.clock.advance(minute);
    story.sink.decline([uuid(1)]);
    story.probe.crash(uuid(1));
    await story.clock.advance(1000);
    story.probe.start(uuid(1));
    await story.clock.advance(minute);
    story.probe.crash(uuid(1));
    story.probe.crash(uuid(2));
    await story.clock.advance(1000);
    expect(story.filed()).toEqual([expect.stringContaining(uuid(2))]);
    expect(story.spool.depth).toBe(2);
    await story.clock.advance(60 * minute);
    const asked = story.sink.attempts.length;
    expect(asked).toBeLessThan(40);
    expect(story.value('vmha_deliveries_total declined')).toBe(asked - 1);
    await story.clock.advance(10 * minute);
    expect(story.sink.attempts.length).toBeGreaterThan(asked);
    story.sink.decline([]);
    await story.clock.advance(5 * minute);
    expect(story.spool.depth).toBe(0);
    const [, first, second] = story.sink.filed;
    expect([first?.payload, second?.payload]).toMatchObject([
      { instanceUuid: uuid(1) },
      { instanceUuid: uuid(1) },
    ]);
    expect(Date.parse(first?.faultAt ?? '')).toBeLessThan(Date.parse(second?.faultAt ?? ''));
    expect(story.lines.join('\n')).toContain('"code":"host-unknown"');
    await story.stop();
  });
});

describe('a receiver that does not look before it acts', () => {
  const telling = tellWhatStands(() => ({ broughtBackWaitMs: 2 * minute }));

  it('is told at once of what stands, and never of what was over when it came back', async () => {
    const story = patrolStory({ guests: [uuid(1), uuid(2), uuid(3)], telling });
    story.start();
    await story.clock.advance(minute);
    story.probe.crash(uuid(1));
    await story.clock.advance(100);
    expect(story.filed()).toEqual([expect.stringContaining(uuid(1))]);

    story.sink.setAway('connection refused');
    story.probe.crash(uuid(2));
    story.probe.crash(uuid(3));
    await story.clock.advance(10 * minute);
    story.probe.start(uuid(2));
    await story.clock.advance(minute);
    story.sink.setAway(undefined);
    await story.clock.advance(minute);
    expect(story.filed().slice(1)).toEqual([expect.stringContaining(uuid(3))]);
    expect(story.spool.depth).toBe(0);
    expect(story.value('vmha_deliveries_total overtaken')).toBe(1);
    expect(story.lines.join('\n')).toContain('the guest was heard again');
    await story.stop();
  });

  it('is told after a restart of the monitor what failed before it, once the host was looked at', async () => {
    const story = patrolStory({ telling });
    story.start();
    await story.clock.advance(minute);
    story.sink.setAway('connection refused');
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    await story.stop();
    story.sink.setAway(undefined);
    story.start();
    await story.clock.advance(minute);
    expect(story.filed()).toEqual([expect.stringContaining(uuid(1))]);
    await story.stop();
  });

  it('is told of a guest that its watchdog reset only when it does not come back', async () => {
    const story = patrolStory({ guests: [uuid(1), uuid(2)], telling });
    for (const guest of story.probe.guests.values()) guest.profile = { ...guest.profile, watchdog: 'reset' };
    story.start();
    await story.clock.advance(minute);
    for (const guest of [uuid(1), uuid(2)]) {
      Object.assign(story.probe.guests.get(guest) ?? {}, { ping: 'hangs' });
      story.probe.tell(guest, { type: 'watchdog', action: 'reset' });
    }
    await story.clock.advance(10_000);
    expect(story.spool.depth).toBe(2);
    Object.assign(story.probe.guests.get(uuid(1)) ?? {}, { ping: 'answered' });
    await story.clock.advance(minute);
    expect([story.filed(), story.spool.depth]).toEqual([[], 1]);
    await story.clock.advance(2 * minute);
    expect(story.filed()).toEqual([expect.stringContaining(`watchdog-reset instance/compute-1/${uuid(2)}`)]);
    await story.stop();
  });
});

describe('asking', () => {
  it('gives every healthy guest its interval though others hang, and never asks more at once than the host bears', async () => {
    const guests = Array.from({ length: 100 }, (_, index) => uuid(index + 1));
    const story = patrolStory({ guests, policy: { maxPingsInFlight: 4 } });
    story.start();
    await story.clock.advance(2 * minute);
    for (const hung of guests.slice(0, 10))
      Object.assign(story.probe.guests.get(hung) ?? {}, { ping: 'hangs' });
    await story.clock.advance(minute);
    const fromMs = story.clock.monotonicMs();
    await story.clock.advance(10 * minute);
    for (const healthy of guests.slice(10)) {
      const asked = story.probe.asked
        .filter(one => one.instanceUuid === healthy && one.atMs >= fromMs)
        .map(one => one.atMs);
      const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(33_000);
    }
    expect(story.probe.mostInFlight).toBeLessThanOrEqual(4);
    await story.stop();
  });

  it('finds out about many guests that fall silent together without delaying the others', async () => {
    const guests = Array.from({ length: 400 }, (_, index) => uuid(index + 1));
    const story = patrolStory({ guests });
    story.start();
    await story.clock.advance(2 * minute);
    const fromMs = story.clock.monotonicMs();
    for (const hung of guests.slice(0, 80))
      Object.assign(story.probe.guests.get(hung) ?? {}, { ping: 'hangs' });
    await story.clock.advance(2 * minute);
    for (const healthy of guests.slice(80)) {
      const asked = story.probe.asked.filter(
        one => one.instanceUuid === healthy && one.atMs >= fromMs - 30_000,
      );
      const gaps = asked.slice(1).map((one, index) => one.atMs - (asked[index]?.atMs ?? 0));
      expect(Math.max(...gaps)).toBeLessThanOrEqual(33_000);
    }
    await story.stop();
  });

  it('asks a guest at once when its agent connects', async () => {
    const story = patrolStory();
    story.start();
    await story.clock.advance(minute);
    story.probe.crash(uuid(1));
    await story.clock.advance(1000);
    const guest = story.probe.guests.get(uuid(1));
    if (guest) guest.ping = 'not-connected';
    story.probe.start(uuid(1));
    await story.clock.advance(3700);
    if (guest) guest.ping = 'answered';
    const connectedMs = story.clock.monotonicMs();
    story.probe.tell(uuid(1), { type: 'agent', state: 'connected', reason: 'channel' });
    await story.clock.advance(10);
    expect(story.probe.asked.at(-1)?.atMs).toBeLessThanOrEqual(connectedMs + 10);
    await story.stop();
  });
});

describe('asking guests in turn', () => {
  it('is never late while there is room, however they are spread', async () => {
    const story = patrolStory({ guests: Array.from({ length: 10 }, (_, index) => uuid(index + 1)) });
    story.start();
    await story.clock.advance(5 * minute);
    expect(story.value('vmha_ask_lateness_seconds')).toBeLessThan(1);
    await story.stop();
  });
});
