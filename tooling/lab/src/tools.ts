/**
 * The door for other laboratories of this repository: how this one installs packages, runs programs, knows processes and
 * waits. Every call is bounded and throws `LabError`.
 */
export { labMark } from './lab-mark.ts';
export { lockMachine, type MachineLock, type MachineLockOptions } from './machine-lock.ts';
export { ownFolder } from './own-folder.ts';
export { installPackages, installPlan, policyAllowsStarts } from './packages.ts';
export { identify, isAlive, type ProcessIdentity, sendSignal } from './processes.ts';
export {
  type CommandOptions,
  type CommandResult,
  plainEnvironment,
  runCommand,
  tryCommand,
} from './run-command.ts';
export { type WaitOptions, waitUntil } from './waiting.ts';
