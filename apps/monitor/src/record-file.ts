import { readFile } from 'node:fs/promises';
import type { RecordFile } from '@instance-ha/patrol';
import type { Logger } from '@instance-ha/ports';
import { writeFileAtomic } from '@instance-ha/runtime';

/** The record of guests as one JSON file, replaced whole. One that cannot be read is told and counts as none. */
export const recordFile = (file: string, log: Logger): RecordFile => ({
  load: async () => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as unknown;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      log.error(
        { file, error },
        'the record of guests could not be read: every guest has to prove its heartbeat again',
      );
      return undefined;
    }
  },
  save: record => writeFileAtomic(file, JSON.stringify(record)),
});
