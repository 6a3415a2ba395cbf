import { optionsOf } from '../catalogue/option.ts';
import { integer, map, seconds, url } from '../catalogue/value-types.ts';

const option = optionsOf('libvirt');

const libvirtUri = url({
  schemes: ['qemu', 'qemu+unix'],
  expects: 'a libvirt URI like qemu:///system or qemu+unix:///system?socket=/run/libvirt/libvirt-sock',
  without: 'host',
});

/** `[libvirt]`: the connection to libvirtd. */
export const libvirtOptions = {
  connectionUri: option({
    name: 'connection_uri',
    type: libvirtUri,
    default: 'qemu:///system',
    description:
      "The libvirtd to connect to, by its unix socket. The default is the machine's own, which Nova uses as well.",
    reloadable: false,
    services: ['monitor', 'worker'],
  }),
  keepaliveIntervalMs: option({
    name: 'keepalive_interval',
    type: seconds({ min: 1, max: 60, whole: true }),
    default: '5',
    description:
      'Seconds between two keepalive messages to libvirtd. The default is that of libvirtd itself and of Masakari.',
    reloadable: false,
    services: ['monitor', 'worker'],
  }),
  keepaliveCount: option({
    name: 'keepalive_count',
    type: integer({ min: 1, max: 20 }),
    default: '3',
    description:
      'Keepalive messages without an answer after which the connection counts as lost. With the default interval a frozen ' +
      'libvirtd is noticed within 20 s; from then on the monitor is blind and says so.',
    reloadable: false,
    services: ['monitor', 'worker'],
  }),
  hosts: option({
    name: 'hosts',
    type: map(libvirtUri),
    default: '',
    description:
      'The libvirtd of each host as host=uri, separated by commas, for a worker that recovers by libvirt alone. A host that ' +
      'is not listed and has the name of this one is reached by connection_uri, which is why the default is empty.',
    reloadable: false,
    services: ['worker'],
  }),
};
