import { optionsOf } from '../catalogue/option.ts';
import { boolean, choice, integer, seconds, text } from '../catalogue/value-types.ts';

const option = optionsOf('instance_failure');

/** `[instance_failure]`: which failed instances are recovered, and how. */
export const instanceFailureOptions = {
  recoverIgnoringErrorInstances: option({
    name: 'recover_ignoring_error_instances',
    type: boolean(),
    default: 'False',
    description:
      'Attempt recovery for instances already in ERROR state. False: their notification is ignored, with the reason. ' +
      'It is the default because an instance in ERROR was usually broken by an operation that a restart repeats. One that was ' +
      'stopped by somebody before it went into ERROR is left off either way; an ERROR that our own restart led to is recovered ' +
      'either way.',
    reloadable: true,
    services: ['worker'],
  }),
  processAllInstances: option({
    name: 'process_all_instances',
    type: boolean(),
    default: 'True',
    description:
      'With [worker] driver = nova: recover every failed instance. False: only those whose metadata says ' +
      'ha_enabled_instance_metadata_key, the others are ignored with the reason. True is the default, as it is of evacuate_all_instances: ' +
      'Masakari takes False here and True there, so that an instance outlives its host and not its own crash. Without Nova there is no ' +
      'metadata, and every instance is recovered.',
    reloadable: true,
    services: ['worker'],
  }),
  haEnabledKey: option({
    name: 'ha_enabled_instance_metadata_key',
    type: text({
      pattern: /^[\w.:-]{1,255}$/,
      expects: 'a metadata key of letters, digits, "_", ".", ":" and "-"',
    }),
    default: 'HA_Enabled',
    description:
      'Metadata key that marks an instance for recovery while process_all_instances is off. Where an instance has no such key, ' +
      'sw:wrs:auto_recovery (StarlingX) and evacuable (RHOSO) are read in its place. The default is that of Masakari.',
    reloadable: true,
    services: ['worker'],
  }),
  method: option({
    name: 'recover_instance_failure_method',
    type: choice({ auto: 'auto', restart: 'restart', hard_reboot: 'hard-reboot' }),
    default: 'auto',
    description:
      'Recovery method for instance-level faults. auto: stop and start in place, and one hard reboot if that does not ' +
      'bring the instance back. restart: the first alone. hard_reboot: the second alone. auto is the default because ' +
      'it takes the gentler way first and still ends with a verified instance.',
    reloadable: true,
    services: ['worker'],
  }),
  allowEvacuate: option({
    name: 'allow_evacuate',
    type: boolean(),
    default: 'False',
    description:
      'With [worker] driver = nova and the method auto: evacuate an instance that cannot be restarted where it is, because ' +
      'nova-compute of its host does not report. It is done only where the monitor saw its QEMU end and nobody asked for a boot ' +
      'since, so that it never runs twice. By default such an instance waits for its host, because evacuation needs shared ' +
      'storage to keep its disk.',
    reloadable: true,
    services: ['worker'],
  }),
  restartBudget: option({
    name: 'restart_budget',
    type: integer({ min: 1, max: 1000 }),
    default: '3',
    description:
      'Restarts admitted for one instance within restart_budget_window. The next failure is recorded and left to the ' +
      'operator. Three in an hour, as in vSphere HA at its highest sensitivity, separates bad luck from an instance that ' +
      'cannot run.',
    reloadable: true,
    services: ['monitor', 'worker'],
  }),
  restartBudgetWindowMs: option({
    name: 'restart_budget_window',
    type: seconds({ min: 60, max: 604_800 }),
    default: '3600',
    description:
      'Seconds over which restart_budget is counted, sliding. The default of one hour belongs to the budget of three.',
    reloadable: true,
    services: ['monitor', 'worker'],
  }),
  restartTimeoutMs: option({
    name: 'restart_timeout',
    type: seconds({ min: 5, max: 3600 }),
    default: '60',
    description:
      'Seconds that one act on an instance (stop, start, hard reboot) may take until it counts as failed. libvirt needs ' +
      'up to 25 s to end a QEMU that does not answer; the default is twice that, and some.',
    reloadable: true,
    services: ['worker'],
  }),
  heartbeatWaitMs: option({
    name: 'heartbeat_wait',
    type: seconds({ min: 1, max: 3600 }),
    default: '120',
    description:
      'Seconds that a restarted instance has to be heard again, when it was heard before its failure. After that the ' +
      'recovery escalates. Small Linux guests answer within 10 s of their start; the default lets larger systems check their disks.',
    reloadable: true,
    services: ['worker', 'monitor'],
  }),
  noListenerWaitMs: option({
    name: 'no_listener_wait',
    type: seconds({ min: 1, max: 3600 }),
    default: '60',
    description:
      'Seconds to wait for a heartbeat while no monitor listens to the host, before the recovery ends as "restarted, ' +
      'heartbeat not verified". The default is several report intervals, enough for a monitor that is being restarted.',
    reloadable: true,
    services: ['worker'],
  }),
};
