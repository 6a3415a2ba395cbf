import { existsSync } from 'node:fs';
import { installPackages } from '@instance-ha/lab';
import { type Browser, chromium } from 'playwright-core';

const executable = '/usr/bin/chromium';

const packages = {
  chromium: 'the browser that the console is tested in',
  'fonts-dejavu-core': 'letters for it',
};

/** Whether there is a Chromium to test with, bringing Debian's where that may be done; else why not. */
export async function ensureChromium(say: (line: string) => void): Promise<true | string> {
  if (existsSync(executable)) return true;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return `no ${executable}, and only root on Debian may install it`;
  await installPackages({ packages, onLine: say });
  return true;
}

/** Nothing of it asks anybody outside for anything. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executable,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // Chromium's own sandbox refuses to work as root.
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
