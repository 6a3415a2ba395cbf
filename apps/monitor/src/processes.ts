import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import type { ProcessPatrolOptions } from '@instance-ha/patrol';
import type { ActionSource, Logger } from '@instance-ha/ports';
import { createProcessHands, createProcessProbe } from '@instance-ha/process-probe';
import { processPolicy, restartCommands } from './policy.ts';
import { recordFile } from './record-file.ts';

/** Eyes and hands on the processes of this host, by the configuration as it is when they are used. */
export function processesOf(options: {
  config: () => Config;
  folder: string;
  source: ActionSource | undefined;
  log: Logger;
}): ProcessPatrolOptions {
  const { config, folder, source, log } = options;
  return {
    probe: createProcessProbe({
      units: () => config().process.units,
      maintenanceFile: config().process.maintenanceFile,
    }),
    hands: createProcessHands({ commands: () => restartCommands(config()), folder }),
    source,
    record: recordFile(join(folder, 'processes.json'), log),
    journal: recordFile(join(folder, 'actions.json'), log),
    policy: () => processPolicy(config()),
  };
}
