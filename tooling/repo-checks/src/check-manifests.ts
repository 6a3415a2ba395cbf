import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every published package tells why it exists, and is described, licensed and open in its manifest. */
export function checkManifests(root: string): string[] {
  const faults: string[] = [];
  for (const place of ['packages', 'apps', 'tooling']) {
    for (const name of readdirSync(join(root, place))) {
      const manifest = join(root, place, name, 'package.json');
      if (!existsSync(manifest)) continue;
      const found = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
      if (found.private) continue;
      const where = `${place}/${name}/package.json`;
      for (const key of ['description', 'license', 'engines', 'files', 'exports', 'publishConfig']) {
        if (!(key in found)) faults.push(`${where}: "${key}" is missing`);
      }
      if (!existsSync(join(root, place, name, 'README.md')))
        faults.push(`${place}/${name}: README.md is missing`);
    }
  }
  return faults;
}
