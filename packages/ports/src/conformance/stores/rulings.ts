import assert from 'node:assert/strict';
import type { RulingKind } from '@instance-ha/notification';
import type { Actor } from '../../audit.ts';
import type { FiledNotification } from '../../notification-sink.ts';
import type { Change, Stores } from '../../stores.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import {
  claimAll,
  claimOne,
  crash,
  instanceA,
  instanceB,
  leaseMs,
  listen,
  type StoresWorld,
} from './world.ts';

const by = { name: 'monitor-of-node1' };
const nobody = 'dddddddd-0000-4000-8000-00000000000d';
const operator = (name: string, reason: string | null = null): Actor => ({
  initiator: { id: `id-of-${name}`, name, project: 'p1' },
  requestId: `req-of-${name}`,
  reason,
});

export function death(told: { host?: string; sequence?: number } = {}): FiledNotification {
  const { host = 'node1', sequence = 1 } = told;
  return {
    incidentKey: `host/${host}/${sequence}`,
    host,
    faultAt: '2026-01-02T03:04:05.600Z',
    detectedAt: '2026-01-02T03:04:05.678Z',
    payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
    evidence: null,
  };
}

const file = async (stores: Stores, filed: FiledNotification) =>
  (await stores.notifications.file(filed, by)).record;

/** Rules, and answers in one word: `made`, `stood`, or what is possible instead. */
async function rule(
  stores: Stores,
  uuid: string,
  ruling: RulingKind,
  who = operator('ada'),
): Promise<string> {
  const answer = await stores.rulings.rule(uuid, ruling, who);
  if (answer.ok) return answer.made ? 'made' : 'stood';
  if (answer.why === 'not-found') return answer.why;
  return `not possible: ${answer.possible.join(' ') || 'nothing'}`;
}

/** A notification of a dead host that is held. */
async function held(stores: Stores, why = '2 of 3 hosts fail at once') {
  const { uuid } = await file(stores, death());
  const claim = await claimOne(stores);
  assert.equal(await stores.recoveries.append(claim, [{ type: 'tick' }], { held: why }), 'stored');
  return { uuid, claim };
}

export const rulingCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'a hold tells why and since when, keeps its beginning while it stands, and goes with the next word or the end',
    async check({ stores, elapse }) {
      const { uuid, claim } = await held(stores, 'nul \0');
      const first = await stores.rulings.of(uuid);
      assert.equal(first?.held?.why, 'nul \ufffd');
      assert.deepEqual(first.possible, ['approve', 'reject', 'abort']);
      const [listed, ...others] = await stores.rulings.held(10);
      assert.deepEqual([listed?.uuid, listed?.why, listed?.since], [uuid, 'nul \ufffd', first.held?.since]);
      assert.deepEqual(others, []);
      await elapse(20_000);
      await stores.recoveries.append(claim, [{ type: 'tick' }], { held: '3 of 3' });
      const second = await stores.rulings.of(uuid);
      assert.equal(second?.held?.why, '3 of 3');
      const sinceMs = Date.parse(second.held.since) - Date.parse(first.held.since);
      assert.ok(sinceMs <= 0, `it stands since its beginning, not ${sinceMs} ms later`);
      await stores.recoveries.append(claim, [{ type: 'tick' }]);
      assert.deepEqual((await stores.rulings.of(uuid))?.held, second.held, 'no word of it leaves it');
      await stores.recoveries.append(claim, [{ type: 'tick' }], { held: null });
      assert.equal((await stores.rulings.of(uuid))?.held, null);
      assert.deepEqual(await stores.rulings.held(10), []);
      await stores.recoveries.append(claim, [{ type: 'tick' }], { held: 'again' });
      await stores.recoveries.end(claim, [], { status: 'failed', message: 'too long' });
      assert.equal((await stores.rulings.of(uuid))?.held, null);
      assert.deepEqual(await stores.rulings.held(10), []);
    },
  },
  {
    name: 'of an approval and a rejection the first stands, and the same twice is one',
    async check({ stores }) {
      const { uuid } = await held(stores);
      assert.equal(await rule(stores, uuid, 'approve', operator('ada', 'the switch is well \0')), 'made');
      assert.equal(await rule(stores, uuid, 'approve', operator('bob')), 'stood');
      const refused = await stores.rulings.rule(uuid, 'reject', operator('bob'));
      assert.ok(!refused.ok && refused.why === 'not-possible');
      assert.deepEqual(
        [refused.possible, refused.standing?.ruling, refused.standing?.by],
        [['abort'], 'approve', 'ada'],
      );
      const { rulings } = (await stores.rulings.of(uuid)) ?? { rulings: [] };
      assert.deepEqual(
        rulings.map(({ at: _at, ...ruling }) => ruling),
        [{ ruling: 'approve', by: 'ada', reason: 'the switch is well \ufffd', round: 0 }],
      );
      assert.match(rulings[0]?.at ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    },
  },
  {
    name: 'of many that rule at the same time one is heard',
    async check({ stores }) {
      const { uuid } = await held(stores);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          rule(stores, uuid, n % 2 === 0 ? 'approve' : 'reject', operator(`operator-${n}`)),
        ),
      );
      assert.equal(answers.filter(answer => answer === 'made').length, 1);
      assert.equal(answers.filter(answer => answer === 'stood').length, 5);
      assert.equal((await stores.rulings.of(uuid))?.rulings.length, 1);
    },
  },
  {
    name: 'what makes no sense is refused with what does, and changes nothing',
    async check({ stores }) {
      for (const uuid of [nobody, 'x', '\0']) {
        assert.equal(await rule(stores, uuid, 'abort'), 'not-found');
        assert.equal(await stores.rulings.of(uuid), undefined);
      }
      const { uuid } = await file(stores, crash());
      for (const ruling of ['approve', 'reject', 'retry'] as const)
        assert.equal(await rule(stores, uuid, ruling), 'not possible: abort');
      const claim = await claimOne(stores);
      assert.deepEqual(claim.rulings, []);
      assert.equal(await rule(stores, uuid, 'approve'), 'not possible: abort');
      await stores.recoveries.end(claim, [], { status: 'finished', message: 'back' });
      for (const ruling of ['approve', 'reject', 'abort', 'retry'] as const)
        assert.equal(await rule(stores, uuid, ruling), 'not possible: nothing');
      const record = await stores.notifications.get(uuid);
      assert.equal(record?.status, 'finished');
      assert.ok(record.endedAt);
      assert.deepEqual((await stores.rulings.of(uuid))?.rulings, []);
      assert.deepEqual(await stores.audit.list({ targetId: uuid }, { limit: 10 }), []);
    },
  },
  {
    name: 'an abort is told to whoever claims, and makes claimable what waits for its next attempt',
    async check({ stores }) {
      const { uuid } = await file(stores, crash());
      assert.equal(await rule(stores, uuid, 'abort', operator('ada', 'by hand')), 'made');
      assert.equal(await rule(stores, uuid, 'abort', operator('bob')), 'stood');
      const claim = await claimOne(stores);
      assert.deepEqual(
        claim.rulings.map(({ ruling, by: who, reason }) => [ruling, who, reason]),
        [['abort', 'ada', 'by hand']],
      );
      await stores.recoveries.end(claim, [], { status: 'ignored', message: 'aborted' });

      const other = await file(stores, crash({ instanceUuid: instanceB }));
      const end = { status: 'error', message: 'no', retryInMs: 600_000 } as const;
      await stores.recoveries.end(await claimOne(stores), [], end);
      assert.deepEqual(await claimAll(stores), []);
      assert.equal(await rule(stores, other.uuid, 'abort'), 'made');
      assert.equal((await claimOne(stores)).notification.uuid, other.uuid);
    },
  },
  {
    name: 'a retry makes what failed or was ignored new and claimable, with its journal and a round of its own for rulings',
    async check({ stores, elapse }) {
      for (const [sequence, status] of (['failed', 'ignored'] as const).entries()) {
        const { uuid } = await file(stores, crash({ sequence }));
        const first = await claimOne(stores);
        await rule(stores, uuid, 'abort');
        await stores.recoveries.end(first, [{ n: 1 }], { status, message: 'no' });
        assert.equal(await rule(stores, uuid, 'retry', operator('bob', 'it is mended')), 'made');
        assert.equal(await rule(stores, uuid, 'retry', operator('ada')), 'stood');
        const record = await stores.notifications.get(uuid);
        assert.deepEqual([record?.status, record?.endedAt], ['new', null]);
        assert.deepEqual((await stores.rulings.of(uuid))?.possible, ['abort']);
        await elapse(40 * 86_400_000);
        await stores.purge({ olderThanDays: 30, limit: 1_000 });
        const claim = await claimOne(stores, 'worker-2');
        assert.ok(claim.fence > first.fence);
        assert.equal(claim.takenOver, false);
        assert.deepEqual(
          claim.journal.map(({ event }) => event),
          [{ n: 1 }],
        );
        assert.deepEqual(
          claim.rulings.map(({ ruling, round }) => `${ruling} ${round}`),
          ['abort 0', 'retry 0'],
        );
        assert.equal(await rule(stores, uuid, 'abort'), 'made', 'that of the round before has no say');
        await stores.recoveries.end(claim, [], { status: 'finished', message: 'back' });
      }
    },
  },
  {
    name: 'a retry makes what waits for its next attempt claimable at once',
    async check({ stores }) {
      const { uuid } = await file(stores, crash());
      const end = { status: 'error', message: 'no', retryInMs: 600_000 } as const;
      await stores.recoveries.end(await claimOne(stores), [], end);
      assert.deepEqual(await claimAll(stores), []);
      assert.equal(await rule(stores, uuid, 'retry'), 'made');
      assert.equal((await stores.notifications.get(uuid))?.status, 'error');
      assert.equal((await claimOne(stores)).notification.uuid, uuid);
    },
  },
  {
    name: 'a ruling is told to the feed and written to the audit with who, why and the request',
    async check({ stores }) {
      const { uuid } = await held(stores);
      const isRuled = ({ kind, data }: Change): boolean =>
        kind === 'notification' && (data as { what: string }).what === 'ruled';
      const listener = await listen(stores, isRuled);
      await rule(stores, uuid, 'reject', operator('ada', 'not now'));
      const change = (await listener.heard).find(isRuled);
      listener.stop();
      assert.equal(change?.subject, uuid);
      const { what, status, host, ruling, by: who, reason } = change.data as Record<string, unknown>;
      assert.deepEqual(
        [what, status, host, ruling, who, reason],
        ['ruled', 'running', 'node1', 'reject', 'ada', 'not now'],
      );
      const [line, ...others] = await stores.audit.list({ targetId: uuid }, { limit: 10 });
      assert.deepEqual(others, []);
      assert.deepEqual(
        { ...line, id: 0, at: '' },
        {
          id: 0,
          at: '',
          action: 'reject',
          outcome: 'success',
          initiator: { id: 'id-of-ada', name: 'ada', project: 'p1' },
          target: { type: 'notification', id: uuid, name: 'node1' },
          reason: 'not now',
          requestId: 'req-of-ada',
          changes: [],
        },
      );
    },
  },
  {
    name: 'lines for the audit are written with the facts, in order, or not at all',
    async check({ stores, elapse }) {
      const { uuid } = await file(stores, crash());
      const claim = await claimOne(stores);
      const line = (action: string) => ({
        action,
        outcome: 'failure' as const,
        initiator: { id: null, name: 'worker-1', project: null },
        target: { type: 'instance', id: instanceA, name: 'web \0' },
        reason: `why ${action}`,
        requestId: uuid,
        changes: [{ field: 'f', before: null, after: 1 }],
      });
      await stores.recoveries.append(claim, [{ n: 1 }], { audit: [line('stop'), line('start')] });
      await stores.recoveries.end(claim, [], { status: 'failed', message: 'no', audit: [line('end')] });
      const lines = await stores.audit.list({ requestId: uuid }, { limit: 10 });
      assert.deepEqual(
        lines.map(({ action }) => action),
        ['end', 'start', 'stop'],
      );
      const { id: _id, at: _at, ...stored } = lines[2] ?? assert.fail();
      assert.deepEqual(stored, { ...line('stop'), target: { ...line('stop').target, name: 'web \ufffd' } });

      await file(stores, crash({ sequence: 2 }));
      const late = await claimOne(stores);
      await elapse(leaseMs + 1);
      assert.equal(await stores.recoveries.append(late, [], { audit: [line('late')] }), 'fenced');
      assert.deepEqual(await stores.audit.list({ action: 'late' }, { limit: 1 }), []);
    },
  },
];

export const hostRecoveryCases: readonly ConformanceCase<StoresWorld>[] = [
  {
    name: 'two notifications of one host are worked on one after the other, those of another host beside them',
    async check({ stores }) {
      const first = await file(stores, death({ sequence: 1 }));
      const second = await file(stores, death({ sequence: 2 }));
      const other = await file(stores, death({ host: 'node2' }));
      const claims = await claimAll(stores);
      assert.deepEqual(
        claims.map(({ notification }) => notification.uuid),
        [first.uuid, other.uuid],
      );
      assert.deepEqual(await claimAll(stores), []);
      assert.equal(await stores.recoveries.nextDueInMs(1_000), 1_000, 'nothing is due that has to wait');
      for (const claim of claims)
        await stores.recoveries.end(claim, [], { status: 'finished', message: 'done' });
      assert.equal((await claimOne(stores)).notification.uuid, second.uuid);
    },
  },
  {
    name: 'at most so many hosts have their turn, it is kept over claims, and given back by the end',
    async check({ stores, elapse }) {
      for (const host of ['node1', 'node2', 'node3']) await file(stores, death({ host }));
      const [one, two, three] = await claimAll(stores);
      assert.ok(one && two && three);
      const { recoveries } = stores;
      assert.deepEqual(await recoveries.takeTurn(one, { most: 2 }), { taken: true });
      assert.deepEqual(await recoveries.takeTurn(one, { most: 2 }), { taken: true }, 'twice is once');
      assert.deepEqual(await recoveries.takeTurn(two, { most: 2 }), { taken: true });
      assert.deepEqual(await recoveries.takeTurn(three, { most: 2 }), {
        taken: false,
        hosts: ['node1', 'node2'],
      });
      await recoveries.release(one);
      const again = await claimOne(stores, 'worker-2');
      assert.deepEqual(await recoveries.takeTurn(again, { most: 1 }), { taken: true }, 'it has it already');
      assert.equal(await recoveries.takeTurn(one, { most: 9 }), 'fenced');
      await recoveries.end(two, [], { status: 'failed', message: 'no' });
      assert.deepEqual(await recoveries.takeTurn(three, { most: 2 }), { taken: true });
      await elapse(leaseMs + 1);
      assert.equal(await recoveries.takeTurn(three, { most: 2 }), 'fenced', 'its lease has run out');
    },
  },
  {
    name: 'of many that ask for a turn at the same time as many get one as there are',
    async check({ stores }) {
      for (let n = 1; n <= 8; n += 1) await file(stores, death({ host: `node${n}` }));
      const claims = await claimAll(stores);
      const turns = await Promise.all(claims.map(claim => stores.recoveries.takeTurn(claim, { most: 3 })));
      assert.equal(turns.filter(turn => turn !== 'fenced' && turn.taken).length, 3);
    },
  },
  {
    name: 'instances of a host under evacuation wait, those of one that is merely worked on do not, nor do those that were begun',
    async check({ stores }) {
      await file(stores, crash({ instanceUuid: instanceB, host: 'node1' }));
      const begun = await claimOne(stores);
      await file(stores, death());
      const dead = await claimOne(stores);
      assert.deepEqual(await stores.recoveries.takeTurn(dead, { most: 1 }), { taken: true });
      const waits = await file(stores, crash());
      await file(stores, crash({ host: 'node2', instanceUuid: 'cccccccc-0000-4000-8000-00000000000c' }));
      assert.equal((await claimOne(stores)).notification.host, 'node2');
      assert.deepEqual(await claimAll(stores), []);
      await stores.recoveries.release(begun);
      assert.equal((await claimOne(stores)).notification.uuid, begun.notification.uuid);
      await stores.recoveries.end(dead, [], { status: 'finished', message: 'evacuated' });
      assert.equal((await claimOne(stores)).notification.uuid, waits.uuid);
    },
  },
];
