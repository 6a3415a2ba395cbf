import { copyFile, open, rm, stat, truncate } from 'node:fs/promises';

/** The log and the one before it: 16 MiB at most while somebody supervises. */
const logMaxBytes = 8 * 1024 * 1024;
const tailBytes = 4_096;

/** Keeps the log bounded. The server appends to an open file, so what is moved aside is copied and cut. */
export async function rotateLog(file: string): Promise<void> {
  const size = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  if (size <= logMaxBytes) return;
  await rm(`${file}.1`, { force: true });
  await copyFile(file, `${file}.1`);
  await truncate(file, 0);
}

/** The last lines, for an error message. */
export async function lastLines(file: string, count: number): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return 'no log';
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(tailBytes),
      position: Math.max(0, size - tailBytes),
    });
    return (
      buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-count).join(' | ') || 'an empty log'
    );
  } finally {
    await handle.close();
  }
}
