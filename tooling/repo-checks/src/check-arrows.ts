import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { doors, impureDoors, mayKnow, rings } from './arrows.ts';

const scope = '@instance-ha/';

/** Every import of a workspace package by shipped code that the map does not allow, and every I/O import of the middle. */
export function checkArrows(root: string): string[] {
  const faults: string[] = [];
  for (const [room, folder] of rooms(root)) {
    const ring = ringOf(room);
    if (!ring) {
      faults.push(
        `${relative(root, folder)}: room "${room}" stands in no ring of tooling/repo-checks/src/arrows.ts; add it there and to docs/map.md`,
      );
      continue;
    }
    for (const file of sources(join(folder, 'src'))) {
      const name = relative(root, file);
      for (const specifier of imports(readFileSync(file, 'utf8'))) {
        const fault = specifier.startsWith(scope)
          ? arrowFault(room, ring, specifier)
          : ring === 'middle'
            ? purityFault(name, specifier)
            : undefined;
        if (fault) faults.push(`${name}: ${fault}`);
      }
    }
  }
  return faults;
}

function arrowFault(room: string, ring: string, specifier: string): string | undefined {
  const target = specifier.slice(scope.length).split('/')[0] ?? '';
  if (target === room) return undefined;
  const targetRing = ringOf(target);
  if (!targetRing) return `imports "${specifier}", a room the map does not know`;
  if (mayKnow[ring]?.includes(targetRing)) return undefined;
  if (doors.some(door => door.from === room && door.to === target)) return undefined;
  return `imports "${specifier}": ${ring} may know ${mayKnow[ring]?.join(', ')}, not ${targetRing}`;
}

function purityFault(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('node:') || impureDoors.some(door => file.startsWith(door))) return undefined;
  return `imports "${specifier}": the middle does no I/O and reads no clock`;
}

const ringOf = (room: string): string | undefined =>
  Object.keys(rings).find(ring => rings[ring]?.includes(room));

function* rooms(root: string): Generator<[string, string]> {
  for (const place of ['packages', 'apps', 'tooling']) {
    for (const entry of readdirSync(join(root, place), { withFileTypes: true })) {
      if (entry.isDirectory()) yield [entry.name, join(root, place, entry.name)];
    }
  }
}

function* sources(folder: string): Generator<string> {
  if (!statSync(folder, { throwIfNoEntry: false })) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const isSource =
      entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|test-d)\.tsx?$/.test(entry.name);
    if (isSource) yield join(entry.parentPath, entry.name);
  }
}

function* imports(text: string): Generator<string> {
  for (const match of text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:import\s*\(|^import|\nimport)\s*['"]([^'"]+)['"]/g,
  )) {
    const specifier = match[1] ?? match[2];
    if (specifier) yield specifier;
  }
}
