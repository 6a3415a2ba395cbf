import type { Config } from '@instance-ha/config';
import { StopStack, systemClock } from '@instance-ha/runtime';
import type { Telemetry } from '@instance-ha/telemetry';
import { addKey, openKeyFile, resealHosts } from '@instance-ha/vault';
import { openDatabase as openRealDatabase } from './database.ts';

export type ChangeKeysOptions = {
  config: Config;
  telemetry: Telemetry;
  signal: AbortSignal;
  /** `add` or `reseal`. */
  what: string;
  print: (text: string) => void;
  openDatabase?: typeof openRealDatabase;
};

/**
 * Changes the keys that seal control attributes, beside services that run: `add` puts a new key in front of the key file,
 * which seals from the next start of each service on; `reseal` seals every host with the first key. Tells no key.
 */
export async function changeKeys(options: ChangeKeysOptions): Promise<0 | 1 | 64> {
  const { config, telemetry, signal, what, print, openDatabase = openRealDatabase } = options;
  const { log } = telemetry;
  const { keyFile } = config.api;
  if (what !== 'add' && what !== 'reseal') {
    print(`${what} is nothing to do with keys: expected add or reseal\n`);
    return 64;
  }
  const stop = new StopStack({ deadlineMs: config.general.shutdownTimeoutMs, log });
  try {
    if (what === 'add') {
      const id = await addKey(keyFile);
      print(
        `the key ${id} stands first in ${keyFile}: give that file to every API of this database and start them anew, then --keys reseal\n`,
      );
      return 0;
    }
    const ring = await openKeyFile(keyFile, { log });
    const { stores } = await openDatabase({ config, clock: systemClock, log, stop, signal, owner: false });
    const { resealed, current, changed } = await resealHosts({ hosts: stores.hosts, ring, signal });
    const again = changed > 0 ? `; ${changed} were changed meanwhile: do it again` : '';
    print(`hosts sealed anew: ${resealed}; sealed with the first key before: ${current}${again}\n`);
    return changed > 0 ? 1 : 0;
  } catch (error) {
    log.fatal({ error }, 'the keys could not be changed');
    return 1;
  } finally {
    await stop.unwind();
  }
}
