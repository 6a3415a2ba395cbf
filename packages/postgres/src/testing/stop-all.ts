import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readCluster } from '../embedded/cluster.ts';
import { runningPid, stopPostmaster } from '../embedded/postmaster.ts';
import { realClock } from './surroundings.ts';

/** Stops every server whose state folder lies within the folder, up to three levels down. */
export async function stopAll(folder: string, levels = 3): Promise<void> {
  const cluster = await readCluster(folder).catch(() => undefined);
  const pid = cluster && (await runningPid(cluster.dataFolder));
  if (cluster && pid !== undefined) {
    await stopPostmaster(pid, cluster.dataFolder, { clock: realClock, fastMs: 2_000, immediateMs: 6_000 });
  }
  if (levels === 0) return;
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isDirectory()) await stopAll(path, levels - 1);
  }
}
