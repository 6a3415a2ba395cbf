import { optionsOf } from '../catalogue/option.ts';
import { address, choice, integer, seconds } from '../catalogue/value-types.ts';

const option = optionsOf('worker');

/** `[worker]`: the recovery engine. */
export const workerOptions = {
  driver: option({
    name: 'driver',
    type: choice({ libvirt: 'libvirt', nova: 'nova' }),
    default: 'libvirt',
    description:
      'What instances are recovered through. libvirt: libvirtd alone, without OpenStack, which needs no setting up. nova: Nova, ' +
      'as [openstack] says.',
    reloadable: false,
    services: ['worker'],
  }),
  concurrency: option({
    name: 'concurrency',
    type: integer({ min: 1, max: 256 }),
    default: '8',
    description:
      'Recoveries that one worker carries out at the same time. A recovery mostly waits; the default keeps eight boots from ' +
      'slowing one another down on a common host.',
    reloadable: false,
    services: ['worker'],
  }),
  leaseMs: option({
    name: 'lease',
    type: seconds({ min: 0.5, max: 60 }),
    default: '2',
    description:
      'Seconds that a worker holds a recovery without renewing it. When it dies another one goes on after at most lease plus ' +
      'poll_interval; with both defaults that is 3 s, and a pause of the process below 2 s loses nothing.',
    reloadable: false,
    services: ['worker'],
  }),
  pollIntervalMs: option({
    name: 'poll_interval',
    type: seconds({ min: 0.1, max: 60 }),
    default: '1',
    description:
      'Seconds between two looks for work whose worker died or whose time has come. New notifications are announced by the ' +
      'database at once and do not wait for it, so that the default only bounds the takeover.',
    reloadable: false,
    services: ['worker'],
  }),
  attempts: option({
    name: 'attempts',
    type: integer({ min: 1, max: 20 }),
    default: '3',
    description:
      'Attempts at one step that failed or whose result could not be seen. With the default backoff three attempts outlast ' +
      'a restart of libvirtd.',
    reloadable: true,
    services: ['worker'],
  }),
  retryBackoffMs: option({
    name: 'retry_backoff',
    type: seconds({ min: 0.1, max: 300 }),
    default: '2',
    description:
      'Seconds before the second attempt, doubled before each further one. 2 s and 4 s pass by default.',
    reloadable: true,
    services: ['worker'],
  }),
  listen: option({
    name: 'listen',
    type: address(),
    default: '127.0.0.1',
    description:
      'Address that the metrics of the worker are served on. They need no token, hence the default of loopback only.',
    reloadable: false,
    services: ['worker'],
  }),
  metricsPort: option({
    name: 'metrics_port',
    type: integer({ min: 0, max: 65_535 }),
    default: '15870',
    description:
      'TCP port of the metrics of the worker, 0 for none. The default is the one after that of the monitor.',
    reloadable: false,
    services: ['worker'],
  }),
};
