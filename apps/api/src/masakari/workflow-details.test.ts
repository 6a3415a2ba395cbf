import { describe, expect, it } from 'vitest';
import { workflowDetails } from './workflow-details.ts';

const acceptedAt = '2026-01-02T03:04:05.000Z';

/** As a worker has journalled it. */
const told = (...events: object[]) =>
  workflowDetails(
    events.map((event, index) => ({ sequence: index + 1, at: acceptedAt, worker: 'w', event })),
    acceptedAt,
  ).map(
    ({ name, state, progress, progress_details: details }) =>
      `${name} ${state} ${progress}: ${details.map(({ timestamp, message }) => `${timestamp.slice(14, 23)} ${message}`).join('; ')}`,
  );

const instance = (instanceUuid: string) => ({
  instanceUuid,
  name: null,
  vmState: 'active',
  taskState: null,
  running: true,
  locked: false,
  lockedReason: null,
  metadata: {},
});
const evacuation = (instanceUuid: string, progress: string, startedAt = acceptedAt) => ({
  uuid: `${instanceUuid}-${startedAt}`,
  instanceUuid,
  progress,
  status: 'x',
  targetHost: null,
  startedAt,
  updatedAt: null,
});
const ended = (status: string) => ({
  type: 'ended',
  atMs: 9000,
  status,
  rule: 'evacuated',
  reason: 'all is said',
});

describe('the recovery of a host as Masakari’s tasks', () => {
  const out = { act: 'put-out-of-service', host: 'node1' };
  const begin = [
    { type: 'host-act-begun', atMs: 1, ...out, attempt: 1 },
    { type: 'host-act-ended', atMs: 1500, ...out, outcome: 'done', detail: 'it is forced down' },
    { type: 'instances', atMs: 2000, listing: { listed: true, instances: [instance('a'), instance('b')] } },
    {
      type: 'evacuations-begun',
      atMs: 3000,
      asks: ['a', 'b'].map(instanceUuid => ({ instanceUuid, target: null, reset: false })),
    },
    {
      type: 'evacuations-asked',
      atMs: 3500,
      answers: [
        { instanceUuid: 'a', answer: 'accepted', detail: '' },
        { instanceUuid: 'b', answer: 'failed', detail: '' },
      ],
    },
  ];

  it('has a step for each act, and one for all evacuations, which tells what is new', () => {
    const running = { listed: true, evacuations: [evacuation('a', 'running')] };
    const again = evacuation('a', 'moved', '2026-01-02T03:04:09.000Z');
    expect(
      told(
        ...begin,
        { type: 'evacuations', atMs: 4000, listing: running },
        { type: 'evacuations', atMs: 5000, listing: running },
        { type: 'evacuations', atMs: 6000, listing: { listed: false, detail: 'Nova is away' } },
        {
          type: 'evacuations',
          atMs: 7000,
          listing: {
            listed: true,
            evacuations: [again, evacuation('a', 'failed'), evacuation('b', 'moved')],
          },
        },
      ),
    ).toEqual([
      'DisableComputeServiceTask SUCCESS 1: 04:05.001 put-out-of-service of node1 begun; 04:06.500 it is forced down',
      'PrepareHAEnabledInstancesTask SUCCESS 1: 04:07.000 the instances of the host are listed; 04:07.000 instances of the host: 2',
      'EvacuateInstancesTask RUNNING 0: 04:08.000 evacuations asked for: 2; 04:08.500 1 accepted, 1 failed; 04:09.000 1 running; 04:12.000 2 moved',
    ]);
  });

  it.each([
    ['finished', 'SUCCESS'],
    ['error', 'FAILURE'],
  ])('that ended as %s leaves the evacuations as %s', (status, state) => {
    expect(told(...begin, ended(status)).at(-1)).toContain(`EvacuateInstancesTask ${state} 1: `);
  });

  it('without an evacuation has no step for them, however it ended', () => {
    expect(told(...begin.slice(0, 2), ended('ignored'))).toHaveLength(1);
  });
});
