import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { LabError } from './lab-error.ts';

/** Makes the folder if it is missing and resolves links in its path. Refuses one that somebody else could write to. */
export function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const real = realpathSync(path);
  const { uid, mode } = statSync(real);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new LabError(
      'bad-argument',
      `${real} must belong to the user that runs the lab, and nobody else may write there (owner ${uid}, mode ${(mode & 0o777).toString(8)})`,
    );
  }
  return real;
}
