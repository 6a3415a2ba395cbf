import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openFolder, prepareFolder, wipeFolder } from './lab-folder.ts';

let above = '';
beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), 'lab-folder-'));
});
afterEach(() => rmSync(above, { recursive: true, force: true }));

it('is made for its owner only, and gone when it is wiped', () => {
  const places = openFolder(join(above, 'lab'));
  prepareFolder(places);
  expect(statSync(places.dir).mode & 0o777).toBe(0o700);
  wipeFolder(places);
  expect(existsSync(places.dir)).toBe(false);
});

it('never takes a folder that holds something else', () => {
  writeFileSync(join(above, 'thesis.txt'), '');
  expect(() => prepareFolder(openFolder(above))).toThrow('holds something that is no OpenStack lab');
});

it('keeps what somebody else has put there when it is wiped', () => {
  const places = openFolder(join(above, 'lab'));
  prepareFolder(places);
  writeFileSync(join(places.dir, 'notes.md'), '');
  wipeFolder(places);
  expect(existsSync(join(places.dir, 'notes.md'))).toBe(true);
  expect(existsSync(places.run)).toBe(false);
});

it.each(['/tmp/a b', '/tmp/a$b'])('refuses the name %s, which configuration files could not hold', dir => {
  expect(() => openFolder(dir)).toThrow('expected letters, digits');
});
