import { readFile } from 'node:fs/promises';
import type { RecordFile } from '@instance-ha/patrol';
import type { Logger } from '@instance-ha/ports';
import { writeFileAtomic } from '@instance-ha/runtime';

/** A record as one JSON file, replaced whole. One that cannot be read is told and counts as none. */
export const recordFile = (file: string, log: Logger): RecordFile => ({
  load: async () => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as unknown;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      log.error(
        { file, error },
        'a record of this monitor could not be read: what stood in it has to be seen anew',
      );
      return undefined;
    }
  },
  save: record => writeFileAtomic(file, JSON.stringify(record)),
});
