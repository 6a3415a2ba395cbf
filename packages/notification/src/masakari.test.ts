import { describe, expect, it } from 'vitest';
import { guestFaults } from './fault.ts';
import { fromEitherSpelling, masakariTypes, toMasakariTime, toMasakariType } from './masakari.ts';
import { actionableFault } from './masakari-events.ts';
import { toMasakariDemand, toMasakariPayload } from './masakari-payload.ts';
import type { InstancePayload } from './payload.ts';
import { notificationTypes } from './type.ts';

describe("Masakari's names", () => {
  it.each([
    ['COMPUTE_HOST', 'COMPUTE_HOST'],
    ['COMPUTE_INSTANCE', 'VM'],
    ['COMPUTE_PROCESS', 'PROCESS'],
  ] as const)('%s is spelt %s', (ours, theirs) => {
    expect(toMasakariType(ours)).toBe(theirs);
    expect(fromEitherSpelling(theirs)).toBe(ours);
    expect(fromEitherSpelling(ours)).toBe(ours);
  });

  it('cover every type, one to one', () => {
    expect(notificationTypes.map(toMasakariType)).toEqual([...masakariTypes]);
    expect(masakariTypes.map(fromEitherSpelling)).toEqual([...notificationTypes]);
  });

  it.each(['vm', 'compute_host', '', ' VM', 'HOST', 'toString', '__proto__'])('do not include "%s"', name => {
    expect(fromEitherSpelling(name)).toBeUndefined();
  });
});

const failed = (told: Partial<InstancePayload>): InstancePayload => ({
  type: 'COMPUTE_INSTANCE',
  instanceUuid: 'aaaaaaaa-0000-4000-8000-00000000000a',
  instanceName: 'web',
  fault: 'qemu-failed',
  handledBy: 'none',
  hadHeartbeat: true,
  boot: '1',
  domainId: 1,
  libvirtEvent: null,
  ...told,
});
const asked = (told: Partial<InstancePayload>): string => {
  const { event, vir_domain_event } = toMasakariDemand(failed(told));
  return `${event}/${vir_domain_event}`;
};

describe('what is asked of a Masakari engine', () => {
  it.each(guestFaults)('%s is said in a word on which it acts', fault => {
    const { event = '', vir_domain_event = '' } = toMasakariDemand(failed({ fault }));
    expect(actionableFault({ event, vir_domain_event })).toBeDefined();
  });

  it('is libvirt’s own event where the engine acts on it, and else whether QEMU is gone', () => {
    const ioError = { event: 'IO_ERROR', virDomainEvent: 'IO_ERROR_REPORT' };
    expect(asked({ fault: 'io-error', libvirtEvent: ioError })).toBe('IO_ERROR/IO_ERROR_REPORT');
    const panic = { event: 'LIFECYCLE', virDomainEvent: 'CRASHED_PANICKED' };
    expect(asked({ fault: 'panicked', libvirtEvent: panic })).toBe('QEMU_GUEST_AGENT_ERROR/STOPPED_FAILED');
    const paused = { event: 'IO_ERROR', virDomainEvent: 'IO_ERROR_PAUSE' };
    expect(asked({ fault: 'io-error', libvirtEvent: paused })).toBe('IO_ERROR/IO_ERROR_REPORT');
    expect(asked({ fault: 'watchdog-stopped' })).toBe('LIFECYCLE/STOPPED_FAILED');
  });

  it('names the instance and nothing more, and leaves out what a host does not tell', () => {
    expect(toMasakariDemand(failed({}))).toEqual({
      event: 'LIFECYCLE',
      vir_domain_event: 'STOPPED_FAILED',
      instance_uuid: 'aaaaaaaa-0000-4000-8000-00000000000a',
    });
    expect(
      toMasakariPayload({
        type: 'COMPUTE_HOST',
        event: 'STOPPED',
        hostStatus: 'NORMAL',
        clusterStatus: null,
      }),
    ).toEqual({ event: 'STOPPED', host_status: 'NORMAL' });
  });

  it('tells times in UTC without a zone', () => {
    expect(toMasakariTime('2026-01-02T03:04:05.678Z')).toBe('2026-01-02T03:04:05.678000');
  });
});
