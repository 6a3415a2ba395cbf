import { describe, expect, it } from 'vitest';
import { Evidence } from './evidence.ts';
import { guestFaults, Handler } from './fault.ts';
import { HostName, InstancePayload, InstanceUuid, NotificationPayload } from './payload.ts';

const instance = {
  type: 'COMPUTE_INSTANCE',
  instanceUuid: '0b4b8d5a-8a44-4f0f-9a3e-2f1c2b3d4e5f',
  instanceName: 'instance-0000002a',
  fault: 'panicked',
  handledBy: 'none',
  hadHeartbeat: true,
  boot: '7@lq2k3',
  domainId: 7,
  libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'CRASHED_PANICKED' },
};

const takes = (change: object): boolean => InstancePayload.safeParse({ ...instance, ...change }).success;

describe('the payload of an instance', () => {
  it('is taken as it is, and so is one without id and event', () => {
    expect(InstancePayload.parse(instance)).toEqual(instance);
    expect(takes({ domainId: null, libvirtEvent: null })).toBe(true);
  });

  it.each(guestFaults)('knows the fault %s', fault => {
    expect(takes({ fault })).toBe(true);
  });

  it.each(Handler.options)('knows the handler %s', handledBy => {
    expect(takes({ handledBy })).toBe(true);
  });

  it.each<[string, object]>([
    ['an unknown fault', { fault: 'sulking' }],
    ['an unknown handler', { handledBy: 'nova' }],
    ['an upper-case UUID', { instanceUuid: instance.instanceUuid.toUpperCase() }],
    ['a UUID without dashes', { instanceUuid: instance.instanceUuid.replaceAll('-', '') }],
    ['an empty name', { instanceName: '' }],
    ['a name of 256', { instanceName: 'x'.repeat(256) }],
    ['a name with a line break', { instanceName: 'a\nb' }],
    ['a name with a NUL, which no database text can hold', { instanceName: 'a\u0000b' }],
    ['a name with half a surrogate pair, which no UTF-8 can hold', { instanceName: 'a\ud83d' }],
    ['a boot of 129', { boot: 'x'.repeat(129) }],
    ['an empty boot', { boot: '' }],
    ['a fractional domain id', { domainId: 1.5 }],
    ['a missing domain id', { domainId: undefined }],
    ['an event that is half', { libvirtEvent: { event: 'LIFECYCLE' } }],
    ['an event of 256', { libvirtEvent: { event: 'x'.repeat(256), virDomainEvent: 'x' } }],
    ['a word for true', { hadHeartbeat: 'true' }],
    ['a field nobody knows', { colour: 'red' }],
    ['another type', { type: 'VM' }],
  ])('refuses %s', (_name, change) => {
    expect(takes(change)).toBe(false);
  });

  it.each<[string, object]>([
    ['a name of 255', { instanceName: 'x'.repeat(255) }],
    ['a name in any script', { instanceName: 'máquina-仮想-🦊' }],
    ['a boot of 128', { boot: 'x'.repeat(128) }],
    ['domain id 0', { domainId: 0 }],
  ])('takes %s', (_name, change) => {
    expect(takes(change)).toBe(true);
  });
});

describe('the payloads of hosts and processes', () => {
  it.each([
    { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'UNKNOWN', clusterStatus: 'OFFLINE' },
    { type: 'COMPUTE_HOST', event: 'STARTED', hostStatus: null, clusterStatus: null },
    { type: 'COMPUTE_PROCESS', event: 'STOPPED', processName: 'nova-compute' },
  ])('are taken: %o', payload => {
    expect(NotificationPayload.parse(payload)).toEqual(payload);
  });

  it.each([
    { type: 'COMPUTE_HOST', event: 'stopped', hostStatus: null, clusterStatus: null },
    { type: 'COMPUTE_HOST', event: 'STOPPED' },
    { type: 'COMPUTE_PROCESS', event: 'STOPPED', processName: '' },
    { type: 'COMPUTE_PROCESS', event: 'STOPPED', processName: 'x', fault: 'panicked' },
    { type: 'PROCESS', event: 'STOPPED', processName: 'nova-compute' },
  ])('are refused: %o', payload => {
    expect(NotificationPayload.safeParse(payload).success).toBe(false);
  });
});

describe('names', () => {
  it.each(['a', 'compute-1.example.org', 'node_7', 'x'.repeat(255)])('host %s is legal', name => {
    expect(HostName.safeParse(name).success).toBe(true);
  });

  it.each(['', 'a b', 'a/b', 'ö', 'a\n', 'x'.repeat(256)])('host "%s" is not', name => {
    expect(HostName.safeParse(name).success).toBe(false);
  });

  it.each([`${instance.instanceUuid}\n`, ` ${instance.instanceUuid}`, ''])('UUID "%s" is not legal', uuid => {
    expect(InstanceUuid.safeParse(uuid).success).toBe(false);
  });
});

describe('evidence', () => {
  const evidence = {
    rule: 'stopped-failed',
    summary: 'QEMU ended without being asked to',
    inputs: [{ signal: 'lifecycle', value: 'stopped/failed', ageMs: 0 }],
    policy: { failureThreshold: 3, secondSign: true, name: 'default' },
  };
  const input = evidence.inputs[0];
  const takesEvidence = (change: object): boolean => Evidence.safeParse({ ...evidence, ...change }).success;

  it('is taken as it is, with at most 64 inputs', () => {
    expect(Evidence.parse(evidence)).toEqual(evidence);
    expect(takesEvidence({ inputs: Array.from({ length: 64 }, () => input) })).toBe(true);
    expect(takesEvidence({ inputs: Array.from({ length: 65 }, () => input) })).toBe(false);
  });

  it.each<[string, object]>([
    ['without a rule', { rule: '' }],
    ['with a rule of 65', { rule: 'x'.repeat(65) }],
    ['without a summary', { summary: '' }],
    ['with a summary of 513', { summary: 'x'.repeat(513) }],
    ['with an age below zero', { inputs: [{ ...input, ageMs: -1 }] }],
    ['with an age that is no number', { inputs: [{ ...input, ageMs: Number.NaN }] }],
    ['with a value of 513', { inputs: [{ ...input, value: 'x'.repeat(513) }] }],
    ['with a NUL in a value', { inputs: [{ ...input, value: 'a\u0000b' }] }],
    ['with a list in its policy', { policy: { a: [1] } }],
  ])('is refused %s', (_name, change) => {
    expect(takesEvidence(change)).toBe(false);
  });
});
