import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WantedConfiguration } from '@instance-ha/ports';
import { writeFileAtomic } from '../atomic-file.ts';

/** Nothing was pushed yet. */
export const nothingPushed: WantedConfiguration = { revision: 0, layers: [] };

/**
 * What was pushed last and could be taken, kept on the host: it counts after a restart, with the API away. A file that cannot be
 * understood counts as none, and `damage` says why.
 */
export async function readKept(file: string): Promise<{ kept: WantedConfiguration; damage?: string }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kept: nothingPushed } : { kept: nothingPushed, damage: message };
  }
  try {
    return { kept: understood(JSON.parse(text)) };
  } catch {
    return { kept: nothingPushed, damage: 'expected {"revision": N, "layers": [{"name", "text"}]}' };
  }
}

/** Replaces it in one step; mode 0600, as a text may hold secrets. */
export async function keep(file: string, wanted: WantedConfiguration): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, `${JSON.stringify(wanted)}\n`);
}

function understood(value: unknown): WantedConfiguration {
  const { revision, layers } = value as Partial<WantedConfiguration>;
  if (typeof revision !== 'number' || !Number.isInteger(revision) || !Array.isArray(layers))
    throw new TypeError();
  return {
    revision,
    layers: layers.map(layer => {
      const { name, text } = layer as { name: unknown; text: unknown };
      if (typeof name !== 'string' || typeof text !== 'string') throw new TypeError();
      return { name, text };
    }),
  };
}
