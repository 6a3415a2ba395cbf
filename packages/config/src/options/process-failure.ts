import { optionsOf } from '../catalogue/option.ts';
import { boolean, choice, integer, seconds } from '../catalogue/value-types.ts';

const option = optionsOf('process_failure');
const given = { reloadable: true, services: ['worker'] } as const;

/** `[process_failure]`: how dead processes of compute hosts are recovered. */
export const processFailureOptions = {
  otherProcesses: option({
    name: 'other_processes',
    type: choice({ restart: 'restart', record: 'record' }),
    default: 'restart',
    description:
      'What is done about a process other than nova-compute: `restart` asks its monitor to restart it, `record` keeps the ' +
      'notification and does nothing. A host is never put on maintenance for it.',
    ...given,
  }),
  restartAttempts: option({
    name: 'restart_attempts',
    type: integer({ min: 0, max: 10 }),
    default: '3',
    description:
      'Restarts that one recovery asks for, at most. The default is that of the process monitor of Masakari.',
    ...given,
  }),
  restartBudget: option({
    name: 'restart_budget',
    type: integer({ min: 0, max: 1000 }),
    default: '3',
    description:
      'Deaths of one process within restart_budget_window that are answered by a restart. One that dies more often needs a ' +
      'person; its compute service is disabled.',
    ...given,
  }),
  restartBudgetWindowMs: option({
    name: 'restart_budget_window',
    type: seconds({ min: 60, max: 86_400 }),
    default: '3600',
    description: 'Seconds over which restart_budget is counted, back from now. The default is one hour.',
    ...given,
  }),
  takeTimeoutMs: option({
    name: 'monitor_wait',
    type: seconds({ min: 5, max: 3600 }),
    default: '30',
    description:
      'Seconds that the monitor of the host has to take what is asked of it. One that is well takes it at once; the default ' +
      'outlasts its restart.',
    ...given,
  }),
  verifyTimeoutMs: option({
    name: 'verify_timeout',
    type: seconds({ min: 15, max: 3600 }),
    default: '90',
    description:
      'Seconds that Nova may take to hear its compute service again once the process runs. A compute service reports every ' +
      '10 s; the default leaves it the time to start.',
    ...given,
  }),
  disableService: option({
    name: 'disable_service',
    type: boolean(),
    default: 'True',
    description:
      'Disable the compute service in Nova when nova-compute cannot be brought back, so that nothing is placed on its host. It is ' +
      'enabled again when the process is back, unless somebody else had disabled it.',
    ...given,
  }),
};
