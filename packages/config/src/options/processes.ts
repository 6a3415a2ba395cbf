import { optionsOf } from '../catalogue/option.ts';
import { absolutePath, integer, list, map, seconds, text } from '../catalogue/value-types.ts';

const option = optionsOf('process');

/** A process by the name of its program; it becomes a part of file names. */
const processName = () =>
  text({
    pattern: /^[A-Za-z0-9][\w.@+-]{0,63}$/,
    expects: 'a program name of letters, digits, "_", ".", "@", "+" and "-", at most 64',
  });

/** `[process]`: which processes of a compute host are watched, and how they are restarted when that is asked for. */
export const processOptions = {
  watched: option({
    name: 'processes',
    type: list(processName()),
    default: 'nova-compute',
    description:
      'Programs whose processes are watched on this host, by name. One that was never seen running is never reported, so that ' +
      'the default does no harm on a host without Nova. Leave it empty to watch none.',
    reloadable: true,
    services: ['monitor'],
  }),
  checkIntervalMs: option({
    name: 'check_interval',
    type: seconds({ min: 1, max: 3600 }),
    default: '5',
    description: 'Seconds between two looks at the watched processes. The default is that of Masakari.',
    reloadable: true,
    services: ['monitor'],
  }),
  failureThreshold: option({
    name: 'failure_threshold',
    type: integer({ min: 1, max: 100 }),
    default: '3',
    description:
      'Looks in a row that miss a process which was seen running, until it is reported as dead. The default gives a restart by ' +
      'somebody else 15 s.',
    reloadable: true,
    services: ['monitor'],
  }),
  units: option({
    name: 'units',
    type: map(
      text({
        pattern: /^[\w.@:\\-]{1,255}$/,
        expects: 'the name of a systemd unit, such as nova-compute.service',
      }),
    ),
    default: 'nova-compute=nova-compute.service',
    description:
      'The systemd unit that runs each watched process: when the process is missing systemd is asked whether somebody stopped it: then ' +
      'nothing is reported. A unit that systemd does not know tells nothing.',
    reloadable: true,
    services: ['monitor'],
  }),
  restartCommands: option({
    name: 'restart_commands',
    type: map(
      text({
        pattern: /^\/[^\s,]*( +[^\s,]+)*$/,
        expects: 'a program by its absolute path and its arguments, separated by blanks, without commas',
      }),
    ),
    default: 'nova-compute=/usr/bin/systemctl restart nova-compute.service',
    description:
      'The command that restarts each watched process, when a recovery asks for it. No shell reads it: words are separated by ' +
      'blanks and taken as they are. Only what stands here is ever run, whatever the API says. A process without a command is ' +
      'reported and not restarted.',
    reloadable: true,
    services: ['monitor'],
  }),
  restartTimeoutMs: option({
    name: 'restart_timeout',
    type: seconds({ min: 5, max: 3600 }),
    default: '90',
    description:
      'Seconds that a restart may take until the process is seen again. The default is the longest time that systemd gives a ' +
      'service to stop. The worker waits a little longer for the answer of the monitor: give both the same.',
    reloadable: true,
    services: ['monitor', 'worker'],
  }),
  maintenanceFile: option({
    name: 'maintenance_file',
    type: absolutePath(),
    default: '/run/instance-ha-process-maintenance',
    description:
      'While this file is there, the processes whose names stand in it, one a line, are not reported as dead; all of them when it ' +
      'is empty. For processes that systemd cannot tell about, e.g. in containers. The default goes with the next boot.',
    reloadable: false,
    services: ['monitor'],
  }),
};
