/**
 * Why a recovery ended. A closed list: it labels metrics, stands in the journal and is what an operator filters by.
 *
 * | rule                   | the instance                                                                     |
 * | ---------------------- | -------------------------------------------------------------------------------- |
 * | `verified`             | was restarted, runs and was heard again                                          |
 * | `verified-running`     | was restarted and runs; it never had a heartbeat to wait for                     |
 * | `came-back`            | was heard again before anything was done to it                                   |
 * | `handled-elsewhere`    | was brought back by libvirt or QEMU                                              |
 * | `another-life`         | already runs another boot than the one that failed                               |
 * | `paused-by-operator`   | is paused by somebody's wish                                                     |
 * | `stopped-by-operator`  | is off by somebody's wish                                                        |
 * | `suspended`            | is suspended or saved                                                            |
 * | `rescued`              | is in rescue                                                                     |
 * | `instance-gone`        | does not exist any more, or is on another host                                   |
 * | `instance-in-error`    | is in ERROR, and such instances are left alone                                   |
 * | `not-marked`           | is not marked for recovery, and not all are recovered                            |
 * | `held-by-owner`        | is held by its owner for longer than the notification lives                      |
 * | `observe-mode`         | would have been acted on                                                         |
 * | `no-workflow`          | – the notification's type has no recovery                                        |
 * | `restart-budget`       | was restarted too often within the window                                        |
 * | `act-refused`          | cannot be acted on, and asking again will not help                               |
 * | `not-heard-again`      | was restarted and runs, but stayed silent                                        |
 * | `another-life-silent`  | runs a boot that was not ours, and stayed silent                                 |
 * | `failed-again`         | was restarted and failed again                                                   |
 * | `could-not-look`       | could not be looked at                                                           |
 * | `busy`                 | was held by another operation for too long                                       |
 * | `act-failed`           | could not be acted on                                                            |
 * | `compute-down`         | could not be acted on: the compute service of its host is down                   |
 * | `rebuilt-elsewhere`    | was evacuated and runs on another host, by the cloud's word                      |
 * | `nobody-listens`       | could not be verified, because its monitor is away or blind                      |
 * | `evacuated`            | – every instance of the host was evacuated, or is not to be                       |
 * | `nothing-to-evacuate`  | – the host had none                                                               |
 * | `not-all-evacuated`    | – some could not be evacuated                                                     |
 * | `returned`             | – the host is back in service                                                     |
 * | `host-is-back`         | – the host is back, and nothing was to be done                                    |
 * | `host-not-proven-down` | – the host may still run                                                          |
 * | `host-in-no-segment`   | – the host is in no failover segment                                              |
 * | `host-on-maintenance`  | – the host is on maintenance                                                      |
 * | `segment-disabled`     | – its segment is disabled                                                         |
 * | `rejected`             | – an operator rejected it                                                         |
 * | `held-too-long`        | – it was held for an operator, and none ruled in time                             |
 * | `process-is-back`      | – the process runs again, and nothing was to be done                              |
 * | `not-restarted`        | – the process could not be restarted                                              |
 * | `service-disabled`     | – nor that, and the host's compute service was disabled for it                    |
 * | `recorded-only`        | – processes like it are not acted on                                              |
 * | `aborted`              | was left by an operator's wish, with nothing half done                            |
 * | `internal-error`       | met a defect of this program                                                     |
 */
export const recoveryRules = [
  'verified',
  'verified-running',
  'came-back',
  'handled-elsewhere',
  'another-life',
  'paused-by-operator',
  'stopped-by-operator',
  'suspended',
  'rescued',
  'instance-gone',
  'instance-in-error',
  'not-marked',
  'held-by-owner',
  'observe-mode',
  'no-workflow',
  'restart-budget',
  'act-refused',
  'not-heard-again',
  'another-life-silent',
  'failed-again',
  'could-not-look',
  'busy',
  'act-failed',
  'compute-down',
  'rebuilt-elsewhere',
  'nobody-listens',
  'evacuated',
  'nothing-to-evacuate',
  'not-all-evacuated',
  'returned',
  'host-is-back',
  'host-not-proven-down',
  'host-in-no-segment',
  'host-on-maintenance',
  'segment-disabled',
  'rejected',
  'held-too-long',
  'process-is-back',
  'not-restarted',
  'service-disabled',
  'recorded-only',
  'aborted',
  'internal-error',
] as const;
export type RecoveryRule = (typeof recoveryRules)[number];

/** How a recovery may end; `error` is tried again, the others are the end. */
export const recoveryEndStatuses = ['finished', 'failed', 'ignored', 'error'] as const;
export type RecoveryEndStatus = (typeof recoveryEndStatuses)[number];
