import { describe, expect, it } from 'vitest';
import { domainXml, type GuestOptions, refuseGuest } from './domain-xml.ts';

const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
const xml = (options: GuestOptions = {}) => domainXml({ name: 'g1', uuid, options });

describe('the domain of a guest', () => {
  it('is by default a small one with an agent channel and a panic device, destroyed when it crashes', () => {
    const text = xml();
    expect(text).toContain(`<name>g1</name><uuid>${uuid}</uuid>`);
    expect(text).toContain(`<memory unit='MiB'>128</memory>`);
    expect(text).toContain('<on_crash>destroy</on_crash>');
    expect(text).toContain(`<target type='virtio' name='org.qemu.guest_agent.0'/>`);
    expect(text).toContain(`<panic model='isa'/>`);
    expect(text).toContain('panic=0 lab.agent=on lab.heartbeat=none');
    expect(text).not.toMatch(/watchdog|<disk|org\.xavs/);
  });

  it.each<[string, GuestOptions, string]>([
    ['a crash policy', { onCrash: 'preserve' }, '<on_crash>preserve</on_crash>'],
    ['a reboot policy', { onReboot: 'destroy' }, '<on_reboot>destroy</on_reboot>'],
    ['a watchdog', { watchdog: 'poweroff' }, `<watchdog model='i6300esb' action='poweroff'/>`],
    ['a panic timeout', { panicTimeoutS: 3 }, ' panic=3 '],
    ['no agent process', { agent: false }, 'lab.agent=off'],
    ['a disk that reports', { ioDisk: { errorPolicy: 'report' } }, `error_policy='report'`],
    ['its disk', { ioDisk: {} }, `<source file='/run/lab-disks/g1/disk.raw'/>`],
    [
      'a heartbeat',
      { heartbeatChannel: true },
      `path='/run/libvirt/lab/g1.hb'/><target type='virtio' name='org.xavs.heartbeat.0'/>`,
    ],
    ['a heartbeat of another name', { heartbeatChannel: 'org.beat' }, 'lab.heartbeat=org.beat'],
  ])('can have %s', (_what, options, expected) => {
    expect(xml(options)).toContain(expected);
  });

  it('can lack the agent channel and the panic device, like a plain OpenStack guest', () => {
    expect(xml({ agentChannel: false, panicDevice: false })).not.toMatch(/guest_agent|<panic/);
  });
});

describe('a guest that is refused', () => {
  it.each<[string, GuestOptions, RegExp]>([
    [`g'><evil/>`, {}, /guest name/],
    ['', {}, /guest name/],
    ['g1', { uuid: 'X' }, /not a lower-case UUID/],
    ['g1', { memoryMiB: 64 }, /memoryMiB is 64, expected a whole number from 104/],
    ['g1', { memoryMiB: 128.5 }, /memoryMiB/],
    ['g1', { vcpus: 0 }, /vcpus is 0/],
    ['g1', { panicTimeoutS: Number.NaN }, /panicTimeoutS/],
    ['g1', { heartbeatChannel: `a'b` }, /not a port name/],
  ])('%s %o', (name, options, message) => {
    expect(refuseGuest(name, options)).toMatch(message);
  });

  it('is not one with plain values', () => {
    expect(refuseGuest('web-1', { uuid, memoryMiB: 104, heartbeatChannel: true })).toBeUndefined();
  });
});
