import assert from 'node:assert/strict';
import { askedWithinMs } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { hostileTexts } from './notifications.ts';
import { crash, guest, instanceA, instanceB, instanceC, report, type StoresWorld } from './world.ts';

const heardAgainAt = '2026-01-02T03:05:00.250Z';
const key = 'instance/node1/a/1/1';

export const guestCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a report is kept: the monitor and each of its guests',
    async check({ stores }) {
      const {
        guests,
        complete: _complete,
        sequence: _sequence,
        ...monitor
      } = report({
        guests: [guest(), guest({ instanceUuid: instanceB, phase: 'unmonitored', lastBeatAt: null })],
        gate: { suspect: true, silent: 3, heard: 4 },
        spoolDepth: 7,
      });
      assert.equal(await stores.guests.report(report({ ...monitor, guests })), true);
      const stored = await stores.monitors.get('node1');
      assert.deepEqual(stored, {
        ...monitor,
        lastSeenAt: stored?.lastSeenAt,
        clockAheadMs: null,
        guestsByPhase: { alive: 1, unmonitored: 1 },
      });
      assert.deepEqual(await stores.monitors.list(), [stored]);
      const found = await stores.guests.get(instanceB);
      assert.deepEqual(found, { ...guests[1], host: 'node1', reportedAt: found?.reportedAt });
      assert.equal(await stores.guests.get(instanceC), undefined);
      assert.equal(await stores.guests.get('no uuid'), undefined);
      assert.equal(await stores.monitors.get('node2'), undefined);
    },
  },
  {
    name: 'of a report that tells when it was sent the distance of the two clocks is kept',
    async check({ stores }) {
      await stores.guests.report(report());
      const { lastSeenAt = '' } = (await stores.monitors.get('node1')) ?? {};
      const hourAhead = new Date(Date.parse(lastSeenAt) + 3_600_000).toISOString();
      await stores.guests.report(report({ sequence: 2, sentAt: hourAhead }));
      const { clockAheadMs } = (await stores.monitors.get('node1')) ?? {};
      assert.ok(
        typeof clockAheadMs === 'number' && Math.abs(clockAheadMs - 3_600_000) < 60_000,
        `${clockAheadMs}`,
      );
    },
  },
  {
    name: 'a report that a newer one overtook is dropped whole',
    async check({ stores }) {
      await stores.guests.report(report({ sequence: 5, guests: [guest({ phase: 'alive' })] }));
      const late = report({ sequence: 4, state: 'blind', guests: [guest({ phase: 'suspect' })] });
      assert.equal(await stores.guests.report(late), false);
      assert.equal(await stores.guests.report({ ...late, sequence: 5 }), false);
      assert.equal((await stores.guests.get(instanceA))?.phase, 'alive');
      assert.equal((await stores.monitors.get('node1'))?.state, 'watching');
      assert.equal(await stores.guests.report({ ...late, sequence: 6 }), true);
    },
  },
  {
    name: 'a new session of a monitor counts anew, and the one before is heard no more',
    async check({ stores }) {
      await stores.guests.report(
        report({ session: 'old', sequence: 90, startedAt: '2026-01-02T00:00:00.000Z' }),
      );
      const restarted = report({ session: 'new', sequence: 1, startedAt: '2026-01-02T01:00:00.000Z' });
      assert.equal(await stores.guests.report(restarted), true);
      assert.equal(await stores.guests.report(report({ session: 'old', sequence: 91 })), false);
      assert.equal((await stores.monitors.get('node1'))?.session, 'new');
    },
  },
  {
    name: 'a monitor whose clock was set back is heard once the session before has fallen silent',
    async check({ stores, elapse }) {
      await stores.guests.report(
        report({ session: 'from-the-future', startedAt: '2036-01-01T00:00:00.000Z' }),
      );
      const restarted = report({ session: 'new', startedAt: '2026-01-01T00:00:00.000Z' });
      assert.equal(await stores.guests.report(restarted), false);
      await elapse(16_000);
      assert.equal(await stores.guests.report(restarted), true);
    },
  },
  {
    name: 'a complete report removes the guests it does not name, on its own host only',
    async check({ stores }) {
      const two = [guest({ instanceUuid: instanceA }), guest({ instanceUuid: instanceB })];
      await stores.guests.report(report({ guests: two }));
      await stores.guests.report(report({ host: 'node2', guests: [guest({ instanceUuid: instanceC })] }));
      const partial = report({
        sequence: 2,
        complete: false,
        guests: [guest({ phase: 'suspect', misses: 1 })],
      });
      await stores.guests.report(partial);
      assert.equal((await stores.guests.list({}, { limit: 10 })).length, 3);
      await stores.guests.report(report({ sequence: 3, complete: true, guests: two.slice(0, 1) }));
      const left = await stores.guests.list({}, { limit: 10 });
      assert.deepEqual(
        left.map(({ instanceUuid, host }) => [instanceUuid, host]),
        [
          [instanceA, 'node1'],
          [instanceC, 'node2'],
        ],
      );
    },
  },
  {
    name: 'guests are listed by instance, filtered by host and phase, page by page',
    async check({ stores }) {
      const guests = Array.from({ length: 5 }, (_, n) =>
        guest({
          instanceUuid: `aaaaaaaa-0000-4000-8000-00000000000${n}`,
          phase: n % 2 ? 'alive' : 'suspect',
        }),
      );
      await stores.guests.report(report({ guests: guests.toReversed() }));
      await stores.guests.report(report({ host: 'node2', guests: [guest({ instanceUuid: instanceC })] }));
      const found = async (
        filter: { host?: string; phase?: string },
        page: { limit: number; after?: string },
      ) => (await stores.guests.list(filter, page)).map(({ instanceUuid }) => instanceUuid.at(-1)).join('');
      assert.equal(await found({}, { limit: 10 }), '01234c');
      assert.equal(await found({ host: 'node1' }, { limit: 10 }), '01234');
      assert.equal(await found({ phase: 'alive' }, { limit: 10 }), '13c');
      assert.equal(await found({ host: 'node1', phase: 'alive' }, { limit: 10 }), '13');
      assert.equal(await found({ host: 'node9' }, { limit: 10 }), '');
      assert.equal(await found({ phase: "' or true" }, { limit: 10 }), '');
      assert.equal(await found({}, { limit: 2 }), '01');
      assert.equal(await found({}, { limit: 2, after: guests[1]?.instanceUuid ?? '' }), '23');
    },
  },
  {
    name: 'an instance that two hosts know is told of by the one it is not off on',
    async check({ stores }) {
      await stores.guests.report(report({ host: 'node2', guests: [guest({ phase: 'alive' })] }));
      await stores.guests.report(report({ host: 'node1', guests: [guest({ phase: 'stopped' })] }));
      assert.equal((await stores.guests.get(instanceA))?.host, 'node2');
      assert.deepEqual(
        (await stores.guests.list({}, { limit: 10 })).map(({ host }) => host),
        ['node2'],
      );
      const onNode1 = await stores.guests.list({ host: 'node1' }, { limit: 10 });
      assert.deepEqual(
        onNode1.map(({ phase }) => phase),
        ['stopped'],
      );
    },
  },
  {
    name: 'a guest named twice in one report is kept once, as named last',
    async check({ stores }) {
      await stores.guests.report(report({ guests: [guest({ misses: 1 }), guest({ misses: 2 })] }));
      assert.deepEqual(
        (await stores.guests.list({}, { limit: 10 })).map(({ misses }) => misses),
        [2],
      );
    },
  },
  {
    name: 'hostile text in a report is kept, but for NUL and lone surrogates, which become U+FFFD',
    async check({ stores }) {
      for (const [index, hostile] of hostileTexts.entries()) {
        const guests = [guest({ why: hostile, instanceName: hostile })];
        await stores.guests.report(report({ sequence: index + 1, state: 'blind', cause: hostile, guests }));
        const kept = hostile.replaceAll('\0', '\ufffd').toWellFormed();
        const stored = await stores.guests.get(instanceA);
        assert.deepEqual([stored?.why, stored?.instanceName], [kept, kept]);
        assert.equal((await stores.monitors.get('node1'))?.cause, kept);
      }
    },
  },
];

export const silenceCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a monitor that falls silent, and one that is heard again, is told once, whoever asks',
    async check({ stores, elapse }) {
      const silentAfterMs = 20_000;
      /** Four that ask at the same time; what they were answered, together. */
      const asked = async () =>
        (await Promise.all([1, 2, 3, 4].map(() => stores.monitors.noteSilence({ silentAfterMs })))).flat();
      const told = async () =>
        (await stores.changes.since(0, 100))
          .filter(({ kind, data }) => kind === 'monitor' && 'silent' in (data as object))
          .map(({ subject, data }) => [subject, (data as { silent: boolean }).silent]);

      await stores.guests.report(report());
      await stores.guests.report(report({ host: 'node2' }));
      assert.deepEqual(await asked(), []);
      await elapse(15_000);
      await stores.guests.report(report({ host: 'node2', sequence: 2 }));
      await elapse(6_000);
      const { lastSeenAt } = (await stores.monitors.get('node1')) ?? {};
      const { session, state, cause } = report();
      assert.deepEqual(await asked(), [{ host: 'node1', session, state, cause, lastSeenAt, silent: true }]);
      assert.deepEqual(await told(), [['node1', true]]);
      await elapse(100_000);
      assert.deepEqual(
        (await asked()).map(({ host, silent }) => [host, silent]),
        [['node2', true]],
      );
      await stores.guests.report(report({ sequence: 2 }));
      assert.deepEqual(
        (await asked()).map(({ host, silent }) => [host, silent]),
        [['node1', false]],
      );
      assert.deepEqual(await told(), [
        ['node1', true],
        ['node2', true],
        ['node1', false],
      ]);
    },
  },
];

export const heartbeatCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'nobody listens on a host whose monitor never was, is silent or is blind',
    async check({ stores, elapse }) {
      const ask = () =>
        stores.guests.heartbeat(
          { incidentKey: key, instanceUuid: instanceA, host: 'node1' },
          { silentAfterMs: 20_000 },
        );
      assert.equal((await ask()).heartbeat, 'nobody-listens');
      await stores.guests.report(report({ guests: [guest()] }));
      assert.equal((await ask()).heartbeat, 'not-yet');
      await elapse(21_000);
      assert.equal((await ask()).heartbeat, 'nobody-listens');
      await stores.guests.report(report({ sequence: 2, state: 'blind', cause: 'libvirtd is away' }));
      const sighting = await ask();
      assert.ok(sighting.heartbeat === 'nobody-listens' && sighting.detail.includes('libvirtd is away'));
    },
  },
  {
    name: 'a guest is heard again for the incident it was heard after, and for no other',
    async check({ stores }) {
      const ask = (incidentKey: string) =>
        stores.guests.heartbeat(
          { incidentKey, instanceUuid: instanceA, host: 'node1' },
          { silentAfterMs: 20_000 },
        );
      await stores.guests.report(report({ guests: [guest({ phase: 'failed', incidentKey: key })] }));
      assert.deepEqual(await ask(key), { heartbeat: 'not-yet' });
      const heard = guest({ incidentKey: key, heardAgainAt });
      await stores.guests.report(report({ sequence: 2, complete: false, guests: [heard] }));
      assert.deepEqual(await ask(key), { heartbeat: 'heard', atMs: Date.parse(heardAgainAt) });
      assert.deepEqual(await ask('instance/node1/a/1/2'), { heartbeat: 'not-yet' });
    },
  },
  {
    name: 'heard after a later incident is heard after those before, whatever the clocks say, and not the other way round',
    async check({ stores, elapse }) {
      await stores.guests.report(report());
      await elapse(60_000);
      const [first, second] = [
        crash({ sequence: 1 }),
        crash({ sequence: 2, detectedAt: '2025-01-01T00:00:00.000Z' }),
      ];
      for (const filed of [first, second]) await stores.notifications.file(filed, { name: 'monitor' });
      const ask = async ({ incidentKey }: { incidentKey: string }) => {
        const incident = { incidentKey, instanceUuid: instanceA, host: 'node1' };
        return (await stores.guests.heartbeat(incident, { silentAfterMs: 20_000 })).heartbeat;
      };
      await stores.guests.report(
        report({ sequence: 2, guests: [guest({ incidentKey: first.incidentKey, heardAgainAt })] }),
      );
      assert.deepEqual([await ask(first), await ask(second)], ['heard', 'not-yet']);
      const third = crash({ sequence: 3 });
      await stores.notifications.file(third, { name: 'monitor' });
      const heard = guest({ incidentKey: third.incidentKey, heardAgainAt });
      await stores.guests.report(report({ sequence: 3, guests: [heard] }));
      assert.deepEqual([await ask(second), await ask(third)], ['heard', 'heard']);
    },
  },
  {
    name: 'with the boot that failed set aside, only what was heard in another boot counts',
    async check({ stores, elapse }) {
      const filed = crash();
      await stores.notifications.file(filed, { name: 'monitor' });
      const incident = { incidentKey: filed.incidentKey, instanceUuid: instanceA, host: 'node1' };
      const ask = async (notInBoot: string | null) =>
        (await stores.guests.heartbeat(incident, { silentAfterMs: 200_000, notInBoot })).heartbeat;
      await elapse(1);
      const { incidentKey } = filed;
      const old = guest({ boot: '1', incidentKey, heardAgainAt, heardAgainBoot: '1' });
      await stores.guests.report(report({ guests: [old] }));
      await elapse(60_000);
      assert.deepEqual([await ask(null), await ask('1')], ['heard', 'not-yet']);
      // Another boot, not heard yet; the incident stays closed by the answer of the boot that failed.
      const booting = { ...old, boot: '2', lastBeatAt: null };
      await stores.guests.report(report({ sequence: 2, guests: [booting] }));
      assert.equal(await ask('1'), 'not-yet');
      await stores.guests.report(report({ sequence: 3, guests: [{ ...old, boot: '2' }] }));
      assert.equal(await ask('1'), 'heard');
    },
  },
  {
    name: 'what was heard in another boot is no answer when it was reported before the failure was filed',
    async check({ stores, elapse }) {
      await stores.guests.report(report({ guests: [guest({ boot: '0' })] }));
      await elapse(60_000);
      const filed = crash();
      await stores.notifications.file(filed, { name: 'monitor' });
      const incident = { incidentKey: filed.incidentKey, instanceUuid: instanceA, host: 'node1' };
      const asked = { silentAfterMs: 200_000, notInBoot: '1' };
      assert.equal((await stores.guests.heartbeat(incident, asked)).heartbeat, 'nobody-listens');
    },
  },
  {
    name: 'silence means nothing before the monitor has reported since the failure was filed',
    async check({ stores, elapse }) {
      await stores.guests.report(report({ guests: [guest()] }));
      await elapse(60_000);
      const filed = crash();
      await stores.notifications.file(filed, { name: 'monitor' });
      const incident = { incidentKey: filed.incidentKey, instanceUuid: instanceA, host: 'node1' };
      const ask = () => stores.guests.heartbeat(incident, { silentAfterMs: 200_000 });
      const before = await ask();
      assert.ok(before.heartbeat === 'nobody-listens' && before.detail.includes('has not reported since'));
      await stores.guests.report(report({ sequence: 2, complete: false }));
      assert.deepEqual(await ask(), { heartbeat: 'not-yet' });
    },
  },
  {
    name: 'silence means nothing until a monitor that was away or blind has had the time to ask every guest',
    async check({ stores, elapse }) {
      const filed = crash();
      await stores.notifications.file(filed, { name: 'monitor' });
      await elapse(1_000);
      const incident = { incidentKey: filed.incidentKey, instanceUuid: instanceA, host: 'node1' };
      const ask = async () => {
        const sighting = await stores.guests.heartbeat(incident, { silentAfterMs: 200_000 });
        return sighting.heartbeat === 'nobody-listens' ? sighting.detail : sighting.heartbeat;
      };
      await stores.guests.report(report({ state: 'starting' }));
      assert.match(await ask(), /has not looked yet/);
      await stores.guests.report(report({ sequence: 2 }));
      assert.match(await ask(), /watches again for 0 s only/);
      await elapse(askedWithinMs);
      assert.match(await ask(), /watches again for 15 s only/);
      await elapse(1_100); // The check interval of this monitor.
      await stores.guests.report(report({ sequence: 3 }));
      assert.equal(await ask(), 'not-yet');
      await stores.guests.report(report({ sequence: 4, state: 'blind', cause: 'libvirtd is away' }));
      await stores.guests.report(report({ sequence: 5 }));
      assert.match(await ask(), /watches again/);
      await elapse(60_000);
      await stores.guests.report(report({ sequence: 6 }));
      assert.equal(await ask(), 'not-yet');
      const restarted = report({ session: 'session-2', startedAt: '2026-01-02T01:00:00.000Z' });
      await stores.guests.report(restarted);
      assert.match(await ask(), /watches again/);
    },
  },
  {
    name: 'a monitor that was silent tells for how long, so that nobody counts that time against the guest',
    async check({ stores, elapse }) {
      await stores.guests.report(report());
      await elapse(50_000);
      const incident = { incidentKey: key, instanceUuid: instanceA, host: 'node1' };
      const sighting = await stores.guests.heartbeat(incident, { silentAfterMs: 20_000 });
      assert.ok(sighting.heartbeat === 'nobody-listens');
      assert.ok((sighting.forMs ?? 0) >= 50_000 && (sighting.forMs ?? 0) < 60_000, String(sighting.forMs));
    },
  },
  {
    name: 'heard again stays heard, though the guest failed anew, is gone, or its monitor is away',
    async check({ stores, elapse }) {
      const heard = guest({ incidentKey: key, heardAgainAt });
      await stores.guests.report(report({ guests: [heard] }));
      const anew = guest({ phase: 'failed', incidentKey: 'instance/node1/a/1/2' });
      await stores.guests.report(report({ sequence: 2, guests: [anew] }));
      await stores.guests.report(report({ sequence: 3, guests: [] }));
      await elapse(100_000);
      assert.equal(
        (
          await stores.guests.heartbeat(
            { incidentKey: key, instanceUuid: instanceA, host: 'node1' },
            { silentAfterMs: 1_000 },
          )
        ).heartbeat,
        'heard',
      );
    },
  },
];
