import { describe, expect, it } from 'vitest';
import { LibvirtError } from '../libvirt-error.ts';
import { parseLibvirtUri, unixSocketPaths } from './uri.ts';

describe('a local URI', () => {
  it.each([
    ['qemu:///system', { driver: 'qemu', driverName: 'qemu:///system' }],
    [
      'qemu+unix:///system?socket=/tmp/a%20b/sock',
      { driver: 'qemu', driverName: 'qemu:///system', socketPath: '/tmp/a b/sock' },
    ],
    [
      'qemu:///session?socket=/run/user/1000/libvirt/virtqemud-sock',
      {
        driver: 'qemu',
        driverName: 'qemu:///session',
        socketPath: '/run/user/1000/libvirt/virtqemud-sock',
      },
    ],
    ['test:///default', { driver: 'test', driverName: 'test:///default' }],
    ['test+unix:///default', { driver: 'test', driverName: 'test:///default' }],
  ])('%s', (uri, parts) => {
    expect(parseLibvirtUri(uri)).toEqual({ transport: 'unix', ...parts });
  });

  it('is looked for at the driver’s own daemon first', () => {
    const paths = (uri: string, options = {}) => unixSocketPaths(parseLibvirtUri(uri), options);
    expect(paths('qemu:///system')).toEqual([
      '/var/run/libvirt/virtqemud-sock',
      '/var/run/libvirt/libvirt-sock',
    ]);
    expect(paths('qemu:///system', { readOnly: true })).toEqual([
      '/var/run/libvirt/virtqemud-sock-ro',
      '/var/run/libvirt/libvirt-sock-ro',
    ]);
    expect(paths('test:///default')).toEqual(['/var/run/libvirt/libvirt-sock']);
    expect(paths('qemu:///system?socket=/x', { readOnly: true })).toEqual(['/x']);
  });
});

describe('is refused with a reason:', () => {
  it.each([
    ['qemu+tcp://host/system', 'unsupported', 'transport tcp is not supported yet'],
    ['qemu+tls://host/system', 'unsupported', 'transport tls is not supported yet'],
    ['qemu://host/system', 'unsupported', 'transport tls is not supported yet'],
    ['qemu+ssh://root@host/system', 'unsupported', 'transport ssh is not supported yet'],
    ['qemu+unix://host/system', 'unsupported', 'takes no host'],
    ['qemu:///system?mode=legacy', 'unsupported', 'parameter "mode"'],
    ['qemu:///session', 'unsupported', 'add ?socket=/path'],
    ['qemu+carrier-pigeon:///system', 'invalid-argument', 'expected a libvirt URI'],
    ['qemu+pigeon:///system', 'invalid-argument', 'expected a transport of unix, tcp, tls'],
    ['/var/run/libvirt/libvirt-sock', 'invalid-argument', 'expected a libvirt URI'],
    ['', 'invalid-argument', 'expected a libvirt URI'],
  ])('%s', (uri, code, words) => {
    let seen: unknown;
    try {
      parseLibvirtUri(uri);
    } catch (error) {
      seen = error;
    }
    expect(LibvirtError.isInstance(seen) && seen.code).toBe(code);
    expect(String(seen)).toContain(words);
  });
});
