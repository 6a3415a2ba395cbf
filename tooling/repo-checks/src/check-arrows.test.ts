import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkArrows } from './check-arrows.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'arrows-'));
  for (const place of ['packages', 'apps', 'tooling']) mkdirSync(join(root, place));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};

describe('the arrows of the map', () => {
  it('let the rim know a gate', () => {
    put('packages/postgres/src/a.ts', "import type { Stores } from '@instance-ha/ports';\n");
    expect(checkArrows(root)).toEqual([]);
  });

  it.each([
    [
      'an adapter that knows another',
      'packages/libvirt-probe/src/a.ts',
      "import { x } from '@instance-ha/postgres';",
      'rim may know middle, gates, not rim',
    ],
    [
      'the middle that knows a street',
      'packages/recovery/src/a.ts',
      "import type { x } from '@instance-ha/engine';",
      'middle may know middle, not streets',
    ],
    [
      'a re-export outward',
      'packages/ports/src/a.ts',
      "export { x } from '@instance-ha/patrol';",
      'gates may know middle, gates, not streets',
    ],
    [
      'a dynamic import outward',
      'packages/ports/src/a.ts',
      "const x = await import('@instance-ha/patrol');",
      'gates may know middle, gates, not streets',
    ],
    [
      'a multi-line import outward',
      'packages/ports/src/a.ts',
      "import {\n  x,\n} from '@instance-ha/patrol';",
      'gates may know middle, gates, not streets',
    ],
    [
      'the middle that reads disk',
      'packages/recovery/src/a.ts',
      "import { readFileSync } from 'node:fs';",
      'the middle does no I/O and reads no clock',
    ],
    ['a room that is on no map', 'packages/attic/src/a.ts', '', 'stands in no ring'],
  ])('refuse %s', (_name, file, text, fault) => {
    put(file, `${text}\n`);
    expect(checkArrows(root).join()).toContain(fault);
  });

  it('ask nothing of tests', () => {
    put('packages/recovery/src/a.test.ts', "import { x } from '@instance-ha/engine';\n");
    expect(checkArrows(root)).toEqual([]);
  });

  it('let config read disk behind its door only', () => {
    put('packages/config/src/file.ts', "import 'node:fs';\n");
    expect(checkArrows(root)).toEqual([]);
  });
});
