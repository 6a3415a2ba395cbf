import {
  decide,
  initialRecovery,
  type RecoveryEffect,
  type RecoveryEvent,
  type RecoveryPolicy,
  type RecoveryState,
} from '@instance-ha/recovery';
import { describe, expect, it } from 'vitest';
import type { NovaAction, NovaServer } from '../nova/wire.ts';
import { toSighting } from './sighting.ts';

/**
 * The table beside `toSighting`, row by row: what Nova tells, through the judgement, to the first act or the end. Its QEMU ended,
 * and it had no heartbeat.
 */
describe('from every state of Nova', () => {
  const [nostate, running, paused, shutdown, crashed, suspended] = [0, 1, 3, 4, 6, 7];
  const created = ['create'];

  it.each<[string, { vm: string; task?: string; power?: number; actions?: string[] }, string]>([
    ['active', { vm: 'active', power: running }, 'stop'],
    ['active, its power not told', { vm: 'active' }, 'stop'],
    ['active, paused by QEMU', { vm: 'active', power: paused }, 'stop'],
    ['active, crashed', { vm: 'active', power: crashed }, 'stop'],
    ['active, suspended by the guest', { vm: 'active', power: suspended }, 'ignored by suspended'],
    ['active, off and not noticed', { vm: 'active', power: shutdown }, 'start'],
    ['active, no domain', { vm: 'active', power: nostate }, 'start'],
    [
      'stopped by its owner',
      { vm: 'stopped', power: shutdown, actions: ['stop', 'create'] },
      'ignored by stopped-by-operator',
    ],
    [
      'stopped by Nova: nobody wished it',
      { vm: 'stopped', power: shutdown, actions: ['stop by nobody', 'create'] },
      'start',
    ],
    [
      'stopped by Nova after its owner had paused it',
      { vm: 'stopped', power: shutdown, actions: ['stop by nobody', 'pause', 'create'] },
      'ignored by stopped-by-operator',
    ],
    [
      'stopped by Nova after its owner had paused and unpaused it',
      { vm: 'stopped', power: shutdown, actions: ['stop by nobody', 'unpause', 'pause', 'create'] },
      'start',
    ],
    [
      'stopped, and nothing tells why',
      { vm: 'stopped', power: shutdown, actions: [] },
      'ignored by stopped-by-operator',
    ],
    [
      'paused',
      { vm: 'paused', power: paused, actions: ['pause', 'create'] },
      'ignored by paused-by-operator',
    ],
    [
      'suspended',
      { vm: 'suspended', power: shutdown, actions: ['suspend', 'create'] },
      'ignored by suspended',
    ],
    ['rescued', { vm: 'rescued', power: running, actions: ['rescue', 'create'] }, 'ignored by rescued'],
    ['resized, not confirmed', { vm: 'resized', power: running, actions: ['resize', 'create'] }, 'stop'],
    [
      'shelved',
      { vm: 'shelved', power: shutdown, actions: ['shelve', 'create'] },
      'ignored by stopped-by-operator',
    ],
    ['shelved and offloaded', { vm: 'shelved_offloaded', power: nostate }, 'ignored by stopped-by-operator'],
    ['ERROR', { vm: 'error', power: running }, 'ignored by instance-in-error'],
    ['ERROR, off', { vm: 'error', power: shutdown }, 'ignored by instance-in-error'],
    ['building', { vm: 'building', task: 'spawning', power: nostate, actions: created }, 'waits'],
    ['building, no task', { vm: 'building', power: nostate }, 'waits'],
    ['soft-deleted', { vm: 'soft-delete', power: shutdown }, 'ignored by instance-gone'],
    ['deleted', { vm: 'deleted', power: nostate }, 'ignored by instance-gone'],
    ['being deleted', { vm: 'active', task: 'deleting', power: running }, 'ignored by instance-gone'],
    ['a state of a newer Nova', { vm: 'dreaming', power: running }, 'waits'],
    ...[
      'powering-off',
      'powering-on',
      'rebooting',
      'rebooting_hard',
      'migrating',
      'rebuilding',
      'image_snapshot',
      'resize_prep',
      'pausing',
    ].map((task): [string, { vm: string; task: string; power: number }, string] => [
      `active, ${task}: somebody works on it`,
      { vm: 'active', task, power: running },
      'waits',
    ]),
  ])('%s', (_name, told, expected) => {
    expect(firstOf(told)).toBe(expected);
  });

  it.each<[string, { vm: string; power: number; actions?: string[] }, string]>([
    ['ERROR', { vm: 'error', power: running }, 'stop'],
    ['ERROR, off: the stop finds it so', { vm: 'error', power: shutdown }, 'stop'],
    [
      'ERROR, and its owner had stopped it before',
      { vm: 'error', power: shutdown, actions: ['confirmResize', 'stop', 'create'] },
      'ignored by stopped-by-operator',
    ],
  ])('with recover_ignoring_error_instances: %s', (_name, told, expected) => {
    expect(firstOf(told, { recoverIgnoringErrorInstances: true })).toBe(expected);
  });

  it('a guest that hangs is not asked to shut down: it would be asked for a minute', () => {
    expect(firstOf({ vm: 'active', power: running }, {}, 'heartbeat-lost')).toBe('hard-reboot');
  });

  it('a lock changes nothing', () => {
    expect(firstOf({ vm: 'active', power: running, locked: true })).toBe('stop');
  });

  it('a host that is not heard of is asked nothing', () => {
    expect(firstOf({ vm: 'active', power: running, hostService: 'down' })).toBe('waits');
  });
});

type Told = {
  vm: string;
  task?: string;
  power?: number;
  actions?: string[];
  locked?: boolean;
  hostService?: 'down';
};

/** The first act, or the end; `waits` when it is only looked at again. */
function firstOf(
  told: Told,
  changes: Partial<RecoveryPolicy> = {},
  fault: 'qemu-failed' | 'heartbeat-lost' = 'qemu-failed',
): string {
  const rules = { ...policy, ...changes };
  let state: RecoveryState = initialRecovery;
  let effects: RecoveryEffect[] = [];
  const feed = (event: RecoveryEvent): void => {
    ({ state, effects } = decide(rules, state, event));
  };
  feed({
    type: 'begun',
    atMs: 0,
    subject: { ...subject, payload: { ...subject.payload, fault } },
    policy: {},
  });
  for (let steps = 0; steps < 10; steps += 1) {
    const [effect] = effects;
    switch (effect?.type) {
      case 'look':
        feed({
          type: 'looked',
          atMs: 0,
          sighting: toSighting({
            server: server(told),
            actions: (told.actions ?? ['create']).map(action),
            hostService: told.hostService,
          }),
        });
        break;
      case 'ask-budget':
        feed({ type: 'budget', atMs: 0, restartsAgoMs: [] });
        break;
      case 'act':
        return effect.act;
      case 'wait':
        return 'waits';
      case 'end':
        return `${effect.end.status} by ${effect.end.rule}`;
      default:
        throw new Error(`not expected: ${JSON.stringify(effect)}`);
    }
  }
  throw new Error('no act and no end');
}

const server = ({ vm, task, power, locked = false }: Told): NovaServer => ({
  id: subject.payload.instanceUuid,
  name: 'web-1',
  status: vm.toUpperCase(),
  vmState: vm,
  taskState: task ?? null,
  powerState: power ?? null,
  host: 'compute-1',
  locked,
  lockedReason: null,
  metadata: {},
  faultMessage: null,
  hostStatus: 'UP',
  launchedAt: '2026-11-20T00:00:00',
});

const action = (told: string, index: number): NovaAction => ({
  action: told.split(' ')[0] ?? '',
  requestId: `req-${index}`,
  userId: told.endsWith('by nobody') ? null : 'its-owner',
  startTime: '2026-11-20T00:00:00.000000',
  message: null,
});

const subject = {
  notificationUuid: '11111111-2222-4333-8444-555555555555',
  incidentKey: 'instance/compute-1/6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b11/b7/1',
  host: 'compute-1',
  payload: {
    type: 'COMPUTE_INSTANCE',
    instanceUuid: '6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b11',
    instanceName: 'web-1',
    fault: 'qemu-failed',
    handledBy: 'none',
    hadHeartbeat: false,
    boot: 'b7',
    domainId: 7,
    libvirtEvent: null,
  },
} as const;

const policy: RecoveryPolicy = {
  mode: 'act',
  method: 'auto',
  allowEvacuate: false,
  processAllInstances: true,
  haEnabledKey: 'HA_Enabled',
  recoverIgnoringErrorInstances: false,
  budget: { restarts: 3, windowMs: 3_600_000 },
  actTimeoutMs: 60_000,
  heartbeatWaitMs: 120_000,
  nobodyListensMs: 60_000,
  attemptLimit: 3,
  retryMs: 2000,
  expiryMs: 86_400_000,
  host: {
    hasControl: true,
    evacuateAllInstances: true,
    haEnabledKey: 'HA_Enabled',
    ignoreInstancesInErrorState: false,
    failureRatio: 0.5,
    maxHostsAtOnce: 3,
    concurrencyFirst: 4,
    concurrencyMax: 8,
    evacuationTimeoutMs: 300_000,
    pollMs: 500,
    autoReturn: false,
  },
  process: {
    hasControl: true,
    otherProcesses: 'restart',
    restartAttempts: 3,
    restartTimeoutMs: 90_000,
    takeTimeoutMs: 30_000,
    verifyTimeoutMs: 90_000,
    pollMs: 1000,
    budget: { restarts: 3, windowMs: 3_600_000 },
    disableService: true,
  },
};
