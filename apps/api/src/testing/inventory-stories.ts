import { expect } from 'vitest';
import { refusal, type Story } from './native-stories.ts';
import { instanceA } from './samples.ts';
import { type TestApi, testHost } from './start-api.ts';

const nowhere = 'cccccccc-0000-4000-8000-00000000000c';

/** A segment with the test host in it. */
async function settle(api: TestApi) {
  const { v2 } = api.client();
  const { segment } = (await v2.segments.create({ body: { name: 'rack1' } })).body;
  const { host } = (
    await v2.hosts.create({
      body: { name: testHost, segmentUuid: segment.uuid, controlAttributes: '{"password":"hunter2"}' },
    })
  ).body;
  return { v2, segment, host };
}

/** The host has failed, and its recovery has begun to move an instance. */
async function fail(api: TestApi) {
  const filed = await api.client().v2.notifications.create({
    body: {
      incidentKey: 'host/1',
      host: testHost,
      faultAt: '2026-01-02T03:04:05.678Z',
      detectedAt: '2026-01-02T03:04:05.678Z',
      payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
      evidence: null,
    },
  });
  const { uuid } = filed.body.notification;
  await api.stores.vmoves.plan(uuid, [
    { instanceUuid: instanceA, instanceName: 'web-1', sourceHost: testHost, type: 'evacuation' },
  ]);
  return uuid;
}

/** Segments, hosts, moves and the audit of `/v2`. */
export const inventoryStories: readonly Story[] = [
  {
    name: 'makes, lists, changes and removes segments',
    tell: async api => {
      const { v2 } = api.client();
      const made = await v2.segments.create({ body: { name: 'rack1', description: 'by the door' } });
      expect(made.status).toBe(201);
      const { segment } = made.body;
      expect(segment).toMatchObject({
        name: 'rack1',
        serviceType: 'COMPUTE',
        recoveryMethod: 'auto',
        enabled: true,
        updatedAt: null,
      });
      const second = (await v2.segments.create({ body: { name: 'rack2', enabled: false } })).body.segment;
      expect(await refusal(v2.segments.create({ body: { name: 'rack1' } }))).toMatchObject({
        status: 409,
        message: expect.stringContaining('there is a segment rack1 already'),
      });
      const first = (await v2.segments.list({ query: { limit: 1 } })).body;
      expect(first.segments).toEqual([second]);
      const rest = (await v2.segments.list({ query: { limit: 1, cursor: first.nextCursor ?? '' } })).body;
      expect(rest).toEqual({ segments: [segment], nextCursor: null, next: null });
      expect((await v2.segments.list({ query: { enabled: false } })).body.segments).toEqual([second]);

      const changed = await v2.segments.update({
        params: { uuid: segment.uuid },
        body: { recoveryMethod: 'reserved_host' },
      });
      expect(changed.body.segment).toMatchObject({ name: 'rack1', recoveryMethod: 'reserved_host' });
      expect((await v2.segments.remove({ params: { uuid: segment.uuid } })).status).toBe(204);
      for (const call of [
        () => v2.segments.get({ params: { uuid: segment.uuid } }),
        () => v2.segments.update({ params: { uuid: segment.uuid }, body: {} }),
        () => v2.segments.remove({ params: { uuid: segment.uuid } }),
      ])
        expect(await refusal(call())).toMatchObject({ status: 404 });
    },
  },
  {
    name: 'tells whether each host of a segment would be recovered',
    tell: async api => {
      const { v2, segment, host } = await settle(api);
      const { name } = (await v2.hosts.create({ body: { name: 'other', segmentUuid: segment.uuid } })).body
        .host;
      const params = { uuid: segment.uuid };
      const told = async () => {
        const { hosts } = (await v2.segments.readiness({ params })).body;
        expect(hosts.map(one => one.name).sort()).toEqual([testHost, name].sort());
        const { recovered, because } = hosts.find(({ uuid }) => uuid === host.uuid) ?? {};
        return `${recovered ? 'yes' : 'no'}: ${because}`;
      };
      expect(await told()).toBe('no: no worker is alive');
      const worker = { name: 'w', host: 'h', version: '1', startedAt: '2026-01-02T03:04:05.678Z', held: 0 };
      await api.stores.workers.seen({ ...worker, driver: 'nova', mode: 'act' });
      expect(await told()).toBe(
        'yes: its instances would be evacuated to the other hosts of its segment: other',
      );
      await v2.pause.set({ body: { reason: 'works on the switch', forMs: 600_000 } });
      expect(await told()).toMatch(/^no: all recoveries are paused, for (9|10) min more$/);
      await v2.pause.clear();
      await v2.hosts.update({ params: { uuid: host.uuid }, body: { onMaintenance: true } });
      expect(await told()).toBe('no: it is on maintenance');
      expect(await refusal(v2.segments.readiness({ params: { uuid: nowhere } }))).toMatchObject({
        status: 404,
      });
    },
  },
  {
    name: 'keeps hosts in segments, and shows control attributes to whom may change them alone',
    tell: async api => {
      const { v2, segment, host } = await settle(api);
      expect(host).toMatchObject({
        name: testHost,
        segmentUuid: segment.uuid,
        type: 'COMPUTE',
        reserved: false,
        onMaintenance: false,
        controlAttributes: '{"password":"hunter2"}',
      });
      const stored = await api.stores.hosts.get(host.uuid);
      expect(stored?.sealedControlAttributes).not.toContain('hunter2');
      const reader = api.client('reader').v2;
      expect((await reader.hosts.list()).body.hosts).toEqual([{ ...host, controlAttributes: '***' }]);
      expect((await reader.hosts.get({ params: { uuid: host.uuid } })).body.host.controlAttributes).toBe(
        '***',
      );

      const twice = v2.hosts.create({ body: { name: testHost, segmentUuid: segment.uuid } });
      expect(await refusal(twice)).toMatchObject({ status: 409 });
      const lost = v2.hosts.create({ body: { name: 'node9', segmentUuid: nowhere } });
      expect(await refusal(lost)).toMatchObject({ status: 404 });

      const params = { uuid: host.uuid };
      const changed = await v2.hosts.update({ params, body: { onMaintenance: true } });
      expect(changed.body.host).toMatchObject({
        onMaintenance: true,
        controlAttributes: '{"password":"hunter2"}',
      });
      expect((await v2.hosts.list({ query: { onMaintenance: false } })).body.hosts).toEqual([]);
      expect((await v2.hosts.remove({ params })).status).toBe(204);
      expect(await refusal(v2.hosts.get({ params }))).toMatchObject({ status: 404 });
    },
  },
  {
    name: 'leaves a host alone while it is recovered, and shows the moves of it',
    tell: async api => {
      const { v2, segment, host } = await settle(api);
      const notificationUuid = await fail(api);
      for (const call of [
        () => v2.hosts.update({ params: { uuid: host.uuid }, body: { reserved: true } }),
        () => v2.hosts.remove({ params: { uuid: host.uuid } }),
        () => v2.segments.update({ params: { uuid: segment.uuid }, body: { recoveryMethod: 'rh_priority' } }),
        () => v2.segments.remove({ params: { uuid: segment.uuid } }),
      ])
        expect(await refusal(call())).toMatchObject({ status: 409 });
      const off = await v2.segments.update({ params: { uuid: segment.uuid }, body: { enabled: false } });
      expect(off.body.segment.enabled).toBe(false);

      const { vmoves } = (await v2.vmoves.list({ query: { notificationUuid } })).body;
      expect(vmoves).toMatchObject([{ instanceUuid: instanceA, status: 'pending', sourceHost: testHost }]);
      const uuid = vmoves[0]?.uuid ?? '';
      expect((await v2.vmoves.get({ params: { uuid } })).body.vmove).toEqual(vmoves[0]);
      expect((await v2.vmoves.list({ query: { status: 'failed' } })).body.vmoves).toEqual([]);
      expect(await refusal(v2.vmoves.get({ params: { uuid: nowhere } }))).toMatchObject({ status: 404 });
    },
  },
  {
    name: 'writes down who changed what and why, also what was refused, and no secret',
    tell: async api => {
      const { v2, segment, host } = await settle(api);
      const params = { uuid: host.uuid };
      await v2.hosts.update({ params, body: { reserved: true, reason: 'spare of the rack' } });
      await v2.hosts.update({ params, body: { controlAttributes: '{"password":"hunter3"}' } });
      await refusal(v2.segments.create({ body: { name: 'rack1' } }));
      await v2.pause.set({ body: { reason: 'upgrade', forMs: 60_000 } });
      await v2.pause.clear();
      await v2.segments.remove({ params: { uuid: segment.uuid }, query: { reason: 'sold' } });

      const { events } = (await api.client('reader').v2.audit.list()).body;
      expect(
        events.map(({ action, outcome, target, reason }) => `${action} ${target.type} ${outcome}: ${reason}`),
      ).toEqual([
        'delete segment success: sold',
        'delete host success: sold',
        'clear pause success: null',
        'set pause success: upgrade',
        'create segment failure: there is a segment rack1 already',
        'update host success: null',
        'update host success: spare of the rack',
        'create host success: null',
        'create segment success: null',
      ]);
      for (const event of events) {
        expect(event.initiator).toEqual({ id: 'admin', name: 'admin', project: null });
        expect(event.requestId).toMatch(/^req-/);
      }
      expect(events[6]?.changes).toEqual([{ field: 'reserved', before: false, after: true }]);
      expect(events[5]?.changes).toEqual([{ field: 'controlAttributes', before: '***', after: '***' }]);
      expect(JSON.stringify(events)).not.toContain('hunter');

      const ofHost = await v2.audit.list({ query: { targetId: host.uuid, action: 'update', limit: 1 } });
      expect(ofHost.body.events).toEqual([events[5]]);
      const next = await v2.audit.list({
        query: { targetId: host.uuid, action: 'update', cursor: ofHost.body.nextCursor ?? '' },
      });
      expect(next.body).toEqual({ events: [events[6]], nextCursor: null, next: null });
      expect((await v2.audit.list({ query: { outcome: 'failure' } })).body.events).toEqual([events[4]]);
    },
  },
];
