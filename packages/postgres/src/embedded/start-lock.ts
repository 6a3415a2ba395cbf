import { randomBytes } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, isIdentityAlive } from '@instance-ha/runtime';

const prefix = '.starting-';

/**
 * Takes the right to initialise and start the server in this folder, so that two processes do not both try; undefined
 * when another has it or asks for it at the same moment: ask again after a random pause.
 *
 * Whoever asks first makes a file that names him, and only then looks for others: of two that ask at once at
 * least one sees the other, so two can never both believe to be alone. A file whose process is gone (kill -9, power
 * cut) stands for nobody, and since no other process will ever have its name, anybody may delete it at any time.
 */
export async function takeStartLock(folder: string): Promise<(() => Promise<void>) | undefined> {
  const mine = `${prefix}${identityOf(process.pid).replace(' ', '-')}-${randomBytes(4).toString('hex')}`;
  const withdraw = () => rm(join(folder, mine), { force: true });
  await writeFile(join(folder, mine), '', { mode: 0o600 });
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || name === mine) continue;
    const [pid = '', started = ''] = name.slice(prefix.length).split('-');
    if (isIdentityAlive(`${pid} ${started}`)) {
      await withdraw();
      return undefined;
    }
    await rm(join(folder, name), { force: true });
  }
  return withdraw;
}
