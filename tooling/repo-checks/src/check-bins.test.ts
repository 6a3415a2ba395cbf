import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkBins } from './check-bins.ts';

const plain = '#!/usr/bin/env node';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bins-'));
  for (const app of ['api', 'monitor']) {
    put(`apps/${app}/package.json`, JSON.stringify({ bin: { [app]: './bin.cjs' } }));
    put(`apps/${app}/bin.cjs`, `${plain}\ntwo\n`);
  }
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};

describe('the binaries', () => {
  it('are equal to the letter', () => expect(checkBins(root)).toEqual([]));

  it('give Node.js in their first line the heap options of their package.json, and no others', () => {
    put('apps/api/bin.cjs', '#!/usr/bin/env -S node --max-semi-space-size=4\ntwo\n');
    const heap = ['--max-semi-space-size=4'];
    expect(checkBins(root)).toEqual([
      `apps/api/bin.cjs: expected the first line "${plain}", found "#!/usr/bin/env -S node --max-semi-space-size=4"`,
    ]);
    put('apps/api/package.json', JSON.stringify({ bin: { api: './bin.cjs' }, runtime: { heap } }));
    expect(checkBins(root)).toEqual([]);
  });

  it.each([
    [`${plain}\n2\n`, 2],
    [`${plain}\n`, 2],
    [`${plain}\ntwo\n\n`, 4],
  ])('are refused when one of them differs: %j', (text, line) => {
    put('apps/monitor/bin.cjs', text);
    expect(checkBins(root)).toEqual([`apps/monitor/bin.cjs: differs from apps/api/bin.cjs in line ${line}`]);
  });

  it('are refused when one is missing, or is another file', () => {
    rmSync(join(root, 'apps/api/bin.cjs'));
    put('apps/monitor/package.json', JSON.stringify({ bin: { monitor: './dist/main.js' } }));
    expect(checkBins(root)).toEqual([
      'apps/api/bin.cjs: is missing',
      'apps/monitor/package.json: bin "monitor" is "./dist/main.js", expected "./bin.cjs"',
    ]);
  });
});
