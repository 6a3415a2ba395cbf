import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file so that a reader, or a crash at any moment, finds the old content or the new one, whole. Mode 0600. */
export async function writeFileAtomic(file: string, content: string): Promise<void> {
  const next = await open(`${file}.next`, 'w', 0o600);
  try {
    await next.writeFile(content);
    await next.datasync();
  } finally {
    await next.close();
  }
  await rename(`${file}.next`, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
