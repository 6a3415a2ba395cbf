import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { ensureChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why there can be no browser here; undefined when there is one. */
    noChromium: string | undefined;
  }
}

/** Brings Chromium, and builds the console that is tested: never one of yesterday. */
export default async function setup(project: TestProject): Promise<void> {
  const found = await ensureChromium(line => process.stderr.write(`${line}\n`));
  if (found !== true && process.env.CI === 'true') throw new Error(`the console cannot be tested: ${found}`);
  project.provide('noChromium', found === true ? undefined : found);
  if (found === true) await buildConsole();
}

export async function buildConsole(): Promise<void> {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'apps', 'console');
  const vite = join(root, 'node_modules', '.bin', 'vite');
  await promisify(execFile)(vite, ['build', '--logLevel', 'warn'], {
    cwd: root,
    timeout: 120_000,
    env: { ...process.env, NODE_ENV: 'production' },
  });
}
