import type { FiledNotification } from '@instance-ha/contracts';
import type { RecoveryEvent } from '@instance-ha/recovery';
import type { Stage } from './stage.ts';

let counter = 0;

/** A crash of an instance, or whatever is told otherwise. */
export function crashOf(
  name: string,
  told: {
    host?: string;
    uuid?: string;
    fault?: 'panicked' | 'qemu-failed' | 'heartbeat-lost';
    atMs?: number;
  } = {},
): FiledNotification {
  counter += 1;
  const { host = 'node-1', fault = 'panicked', atMs = Date.now() - 400 } = told;
  const uuid = told.uuid ?? `${String(counter).padStart(8, '0')}-7a2b-4c6d-9e1f-0123456789ab`;
  return {
    incidentKey: `instance/${host}/${uuid}/${counter}`,
    host,
    faultAt: new Date(atMs).toISOString(),
    detectedAt: new Date(atMs + 12).toISOString(),
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid: uuid,
      instanceName: name,
      fault,
      handledBy: 'none',
      hadHeartbeat: true,
      boot: '4',
      domainId: 4,
      libvirtEvent:
        fault === 'heartbeat-lost' ? null : { event: 'LIFECYCLE', virDomainEvent: 'CRASHED_PANICKED' },
    },
    evidence: evidenceOf[fault],
  };
}

const evidenceOf = {
  panicked: {
    rule: 'panicked',
    summary: 'The guest kernel panicked, and its panic device said so.',
    inputs: [
      { signal: 'lifecycle', value: 'crashed/panicked', ageMs: 0.4 },
      { signal: 'state', value: 'crashed (panicked)', ageMs: 9.1 },
      { signal: 'ping', value: 'answered', ageMs: 4120 },
      { signal: 'boot', value: 'domain id 4, 3 h 12 min old', ageMs: 9.1 },
    ],
    policy: { failureThreshold: 3, bootGraceMs: 60_000, restartsAllowed: 3 },
  },
  'qemu-failed': {
    rule: 'stopped-failed',
    summary: 'QEMU ended without being asked.',
    inputs: [{ signal: 'lifecycle', value: 'stopped/failed', ageMs: 1.5 }],
    policy: { failureThreshold: 3 },
  },
  'heartbeat-lost': {
    rule: 'misses-reached-threshold',
    summary: 'The guest answered before and has missed 3 pings in a row, and it uses no CPU.',
    inputs: [
      { signal: 'ping', value: 'no-answer', ageMs: 1012 },
      { signal: 'ping', value: 'no-answer', ageMs: 31_020 },
      { signal: 'ping', value: 'no-answer', ageMs: 61_018 },
      { signal: 'cpu-progress', value: '0 ms of CPU in 1000 ms', ageMs: 8 },
    ],
    policy: { failureThreshold: 3, confirmMs: 1000 },
  },
} as const satisfies Record<string, FiledNotification['evidence']>;

type End = { status: 'finished' | 'failed' | 'ignored'; message: string };

/** Does to every notification that waits what a worker does, in the worker's own words, at once. */
export async function workThrough({ stores }: Stage, end: End, limit = 1): Promise<void> {
  const claims = await stores.recoveries.claim({ worker: 'worker-a', leaseMs: 30_000, limit });
  for (const claim of claims) {
    const { notification } = claim;
    const begun: RecoveryEvent[] = [
      {
        type: 'begun',
        atMs: 20,
        subject: {
          notificationUuid: notification.uuid,
          incidentKey: notification.incidentKey,
          host: notification.host,
          payload: notification.payload,
        },
        policy: {},
      },
      {
        type: 'looked',
        atMs: 31,
        sighting: {
          seen: 'instance',
          state: 'crashed',
          life: '4',
          byOperator: false,
          detail: 'crashed (panicked)',
        },
      },
    ];
    const acted: RecoveryEvent[] =
      end.status === 'finished'
        ? [
            { type: 'act-begun', atMs: 175, act: 'start', life: null, attempt: 1 },
            {
              type: 'act-ended',
              atMs: 576,
              act: 'start',
              outcome: 'done',
              detail: 'runs as life 5: running (booted)',
            },
            {
              type: 'heartbeat',
              atMs: 3260,
              sighting: { heartbeat: 'heard', atMs: Date.parse(notification.acceptedAt) + 3260 },
            },
          ]
        : [];
    await stores.recoveries.append(claim, [...begun, ...acted]);
    const rule = end.status === 'finished' ? 'verified' : 'not-heard-again';
    const last = { type: 'ended', atMs: 3289, status: end.status, rule, reason: end.message };
    await stores.recoveries.end(claim, [last], end);
  }
}
