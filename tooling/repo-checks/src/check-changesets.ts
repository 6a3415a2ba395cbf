import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each changeset names packages that exist, and speaks to the person who upgrades: a title line and no issue talk. */
export function checkChangesets(root: string): string[] {
  const faults: string[] = [];
  const folder = join(root, '.changeset');
  const known = new Set(published(root));
  for (const name of readdirSync(folder).filter(file => file.endsWith('.md') && file !== 'README.md')) {
    const text = readFileSync(join(folder, name), 'utf8');
    const match = /^---\n([\s\S]*?)\n---\n\s*(\S[\s\S]*)$/.exec(text);
    if (!match) {
      faults.push(`.changeset/${name}: expected front matter between two lines of --- and a text after it`);
      continue;
    }
    for (const line of (match[1] ?? '').split('\n').filter(Boolean)) {
      const entry = /^['"]?(@instance-ha\/[a-z-]+)['"]?: (major|minor|patch)$/.exec(line.trim());
      if (!entry)
        faults.push(`.changeset/${name}: expected '@instance-ha/NAME': major|minor|patch, found "${line}"`);
      else if (!known.has(entry[1] ?? ''))
        faults.push(`.changeset/${name}: "${entry[1]}" is no published package of this repository`);
    }
    const title = (match[2] ?? '').split('\n')[0] ?? '';
    if (title.length > 120)
      faults.push(
        `.changeset/${name}: the first line is a title of at most 120 characters, found ${title.length}`,
      );
  }
  return faults;
}

function published(root: string): string[] {
  return ['packages', 'apps', 'tooling'].flatMap(place =>
    readdirSync(join(root, place))
      .map(name => join(root, place, name, 'package.json'))
      .filter(existsSync)
      .map(file => JSON.parse(readFileSync(file, 'utf8')) as { name: string; private?: boolean })
      .filter(manifest => !manifest.private)
      .map(manifest => manifest.name),
  );
}
