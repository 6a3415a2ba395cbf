import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkUnits } from './check-units.ts';

const unit = 'apps/thing/systemd/thing.service';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'units-'));
  put('apps/thing/package.json', JSON.stringify({ bin: { thing: './bin.cjs' }, files: ['systemd'] }));
  put('apps/thing/src/main.ts', "flags: {\n  once: { type: 'boolean' },\n}, serve: ({ reloads }) => 0");
  put(unit, '[Service]\nExecStart=/usr/bin/thing --once --check\nExecReload=/bin/kill -HUP $MAINPID\n');
  put('apps/other/package.json', '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};

describe('a unit', () => {
  it('runs what its package has', () => expect(checkUnits(root)).toEqual([]));

  it.each([
    [
      'ExecStart=/usr/bin/thnig',
      'ExecStart: expected /usr/bin/thing, as package.json has it, found /usr/bin/thnig',
    ],
    ['ExecStart=/opt/thing', 'ExecStart: expected /usr/bin/thing, as package.json has it, found /opt/thing'],
    ['ExecStart=/usr/bin/thing --twice', 'ExecStart: thing has no flag --twice'],
    ['ExecStartPre=/usr/bin/thing -x', 'ExecStartPre: thing has no flag -x'],
  ])('is refused with %s', (line, fault) => {
    put(unit, `ExecStart=/usr/bin/thing\n${line}\nExecReload=/bin/kill -HUP $MAINPID\n`);
    expect(checkUnits(root)).toEqual([`${unit}: ${fault}`]);
  });

  it('is refused when nothing is started', () => {
    put(unit, 'ExecReload=/bin/kill -HUP $MAINPID\n');
    expect(checkUnits(root)).toEqual([`${unit}: expected an ExecStart, found none`]);
  });

  it('reloads where the service can, and only there', () => {
    put(unit, 'ExecStart=/usr/bin/thing\n');
    expect(checkUnits(root)).toEqual([
      `${unit}: expected an ExecReload: the service takes a new configuration at SIGHUP`,
    ]);
    put('apps/thing/src/main.ts', 'serve: () => 0');
    expect(checkUnits(root)).toEqual([]);
    put(unit, 'ExecStart=/usr/bin/thing\nExecReload=/bin/kill -HUP $MAINPID\n');
    expect(checkUnits(root)).toEqual([
      `${unit}: ExecReload: the service takes no new configuration while it runs`,
    ]);
  });

  it('is shipped', () => {
    put('apps/thing/package.json', JSON.stringify({ bin: { thing: './bin.cjs' }, files: [] }));
    expect(checkUnits(root)).toEqual(['apps/thing/package.json: expected "systemd" among its files']);
  });
});
