import type { FiledNotification, MonitorReport, ReportedGuest } from '@instance-ha/contracts';
import { testHost } from './start-api.ts';

export const instanceA = 'aaaaaaaa-0000-4000-8000-00000000000a';
export const instanceB = 'bbbbbbbb-0000-4000-8000-00000000000b';

/** A crash of instance A on the test host, or whatever is told otherwise. */
export function crash(
  told: { key?: string; host?: string; instanceUuid?: string; name?: string; detectedAt?: string } = {},
): FiledNotification {
  const { key = 'instance/1', host = testHost, instanceUuid = instanceA, name = 'web-1' } = told;
  const detectedAt = told.detectedAt ?? '2026-01-02T03:04:05.678Z';
  return {
    incidentKey: key,
    host,
    faultAt: detectedAt,
    detectedAt,
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName: name,
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: true,
      boot: '1',
      domainId: 1,
      libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
    },
    evidence: {
      rule: 'stopped-failed',
      summary: 'QEMU ended without being asked.',
      inputs: [{ signal: 'lifecycle', value: 'stopped/failed', ageMs: 1.5 }],
      policy: { failureThreshold: 3 },
    },
  };
}

export function guest(told: Partial<ReportedGuest> = {}): ReportedGuest {
  return {
    instanceUuid: instanceA,
    instanceName: 'web-1',
    phase: 'alive',
    why: 'answered when last asked',
    since: '2026-01-02T00:00:01.000Z',
    lastBeatAt: '2026-01-02T00:00:02.000Z',
    misses: 0,
    boot: '1',
    agentChannel: true,
    incidentKey: null,
    heardAgainAt: null,
    heardAgainBoot: null,
    ...told,
  };
}

export function report(told: Partial<MonitorReport> = {}): MonitorReport {
  return {
    host: testHost,
    session: 'session-1',
    sequence: 1,
    version: '1.2.3',
    startedAt: '2026-01-02T00:00:00.000Z',
    state: 'watching',
    cause: null,
    mode: 'libvirt',
    checkIntervalMs: 30_000,
    gate: { suspect: false, silent: 0, heard: 1 },
    spoolDepth: 0,
    complete: true,
    guests: [guest()],
    ...told,
  };
}
