import { optionsOf } from '../catalogue/option.ts';
import { boolean, decimal, integer, seconds, text } from '../catalogue/value-types.ts';

const option = optionsOf('host_failure');
const given = { reloadable: true, services: ['worker'] } as const;

/** `[host_failure]`: how failed compute hosts are recovered. */
export const hostFailureOptions = {
  evacuateAllInstances: option({
    name: 'evacuate_all_instances',
    type: boolean(),
    default: 'True',
    description:
      'Evacuate every instance of a failed host. False: only those whose metadata says ha_enabled_instance_metadata_key. The ' +
      'default leaves nobody behind by forgetfulness.',
    ...given,
  }),
  haEnabledKey: option({
    name: 'ha_enabled_instance_metadata_key',
    type: text({
      pattern: /^[\w.:-]{1,255}$/,
      expects: 'a metadata key of letters, digits, "_", ".", ":" and "-"',
    }),
    default: 'HA_Enabled',
    description:
      'Metadata key that marks an instance for high availability. Marked ones are evacuated first. The default is that of Masakari.',
    ...given,
  }),
  ignoreInstancesInErrorState: option({
    name: 'ignore_instances_in_error_state',
    type: boolean(),
    default: 'False',
    description:
      'Leave instances in ERROR on the failed host. By default they are evacuated like the others.',
    ...given,
  }),
  failureRatio: option({
    name: 'failure_ratio',
    type: decimal({ min: 0.01, max: 1 }),
    default: '0.5',
    description:
      'A larger share of the hosts of a segment that fail within failure_window is held until an operator approves or rejects it: ' +
      'so many at once are rather a broken network than broken hosts. A host that fails alone is never held.',
    ...given,
  }),
  failureWindowMs: option({
    name: 'failure_window',
    type: seconds({ min: 10, max: 86_400 }),
    default: '300',
    description:
      'Seconds within which failures count together for failure_ratio. The default outlasts a switch that reboots.',
    ...given,
  }),
  maxHostsAtOnce: option({
    name: 'max_hosts_at_once',
    type: integer({ min: 1, max: 1000 }),
    default: '3',
    description:
      'Hosts that are evacuated at the same time, over all workers and segments; the others wait for their turn, and say so. ' +
      'Nova and the hosts that are left bear only so many instances that boot at once: a rack that fails is better evacuated host ' +
      'by host.',
    ...given,
  }),
  concurrencyFirst: option({
    name: 'evacuations',
    type: integer({ min: 1, max: 64 }),
    default: '4',
    description:
      'Evacuations under way at the same time, at first; two more for each that has arrived, up to evacuations_max. Nova is ' +
      'slower when asked for many at once, hence the small start.',
    aliases: [{ group: 'DEFAULT', name: 'host_failure_recovery_threads' }],
    ...given,
  }),
  concurrencyMax: option({
    name: 'evacuations_max',
    type: integer({ min: 1, max: 64 }),
    default: '8',
    description:
      'Evacuations under way at the same time, at most. Measured on a small cloud, 8 are the fastest.',
    ...given,
  }),
  evacuationTimeoutMs: option({
    name: 'wait_period_after_evacuation',
    type: seconds({ min: 10, max: 86_400 }),
    default: '300',
    description:
      'Seconds that one evacuation may take until it counts as failed. It is an upper bound, not a wait. The default is longer ' +
      'than that of Masakari, because an evacuation that was given up too early is the one that is asked for twice.',
    aliases: [{ group: 'DEFAULT', name: 'wait_period_after_evacuation' }],
    ...given,
  }),
  pollMs: option({
    name: 'evacuation_poll_interval',
    type: seconds({ min: 0.1, max: 60 }),
    default: '0.2',
    description:
      'Seconds between two listings of the evacuations of a host. One listing serves them all, so it may be short.',
    aliases: [{ group: 'DEFAULT', name: 'verify_interval' }],
    ...given,
  }),
  autoReturn: option({
    name: 'auto_return',
    type: boolean(),
    default: 'False',
    description:
      'Take a host back into service when it is reported as started: maintenance is cleared, and its compute service counts as up ' +
      'and is enabled. By default an operator does that, who knows why it failed.',
    ...given,
  }),
};
