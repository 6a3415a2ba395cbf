import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every app starts by the same `bin.cjs`, to the letter but for its first line, which gives Node.js the heap options that
 * its package.json names (`runtime.heap`): V8 takes them only at the start. Each package ships its own: npm installs it
 * before anything that could be shared, and it must run on a Node.js that is too old for the rest.
 */
export function checkBins(root: string): string[] {
  const faults: string[] = [];
  let first: { where: string; text: string } | undefined;
  for (const app of readdirSync(join(root, 'apps')).sort()) {
    const manifest = join(root, 'apps', app, 'package.json');
    if (!existsSync(manifest)) continue;
    if (app === 'console') continue; // Files for browsers: nothing to start.
    const { bin = {}, runtime } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
    for (const [name, file] of Object.entries(bin))
      if (file !== './bin.cjs')
        faults.push(`apps/${app}/package.json: bin "${name}" is "${file}", expected "./bin.cjs"`);

    const where = `apps/${app}/bin.cjs`;
    if (!existsSync(join(root, where))) {
      faults.push(`${where}: is missing`);
      continue;
    }
    const [shebang, ...lines] = readFileSync(join(root, where), 'utf8').split('\n');
    const heap = runtime?.heap ?? [];
    const expected = heap.length > 0 ? `#!/usr/bin/env -S node ${heap.join(' ')}` : '#!/usr/bin/env node';
    if (shebang !== expected)
      faults.push(`${where}: expected the first line "${expected}", found "${shebang}"`);
    const text = ['', ...lines].join('\n');
    first ??= { where, text };
    if (text !== first.text)
      faults.push(`${where}: differs from ${first.where} in line ${lineOf(text, first.text)}`);
  }
  return faults;
}

type Manifest = { bin?: Record<string, string>; runtime?: { heap?: string[] } };

function lineOf(text: string, other: string): number {
  const [mine, theirs] = [text.split('\n'), other.split('\n')];
  return mine.findIndex((line, index) => line !== theirs[index]) + 1 || mine.length;
}
