import { afterEach, describe, expect, it, vi } from 'vitest';
import { offerCompletions } from './completions.ts';
import { buildProgram } from './run.ts';

afterEach(() => vi.restoreAllMocks());

/** What the shell is offered after these words. */
function offered(...words: string[]): string[] {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation(line => void lines.push(String(line)));
  const world = {
    env: {},
    out: () => {},
    err: () => {},
    isTerminal: false,
    widthColumns: 80,
    signal: new AbortController().signal,
  };
  offerCompletions(buildProgram(world), ['complete', ...words]);
  return lines
    .join('\n')
    .split('\n')
    .map(line => line.split('\t')[0] ?? '');
}

describe('completions', () => {
  it('offer every command', () => {
    expect(offered('--', '')).toEqual(
      expect.arrayContaining([
        'notifications',
        'vmoves',
        'segments',
        'hosts',
        'guests',
        'monitors',
        'workers',
        'audit',
        'doctor',
        'import',
        'pause',
        'resume',
        'config',
        'up',
        'lab',
      ]),
    );
  });

  it.each([
    [
      ['notifications', ''],
      ['list', 'show', 'watch'],
    ],
    [
      ['segments', ''],
      ['list', 'show', 'create', 'set', 'delete'],
    ],
    [
      ['hosts', 'set', 'node1', '--on-maintenance', ''],
      ['yes', 'no'],
    ],
    [['import', ''], ['masakari']],
    [
      ['config', ''],
      ['check', 'sample', 'get', 'set', 'unset', 'diff'],
    ],
    [
      ['lab', ''],
      ['up', 'status', 'crash', 'down'],
    ],
    [
      ['notifications', 'list', '--status', ''],
      ['new', 'running', 'finished', 'failed'],
    ],
  ])('offer what follows %j', (words, expected) => {
    expect(offered('--', ...words)).toEqual(expect.arrayContaining(expected));
  });

  it.each(['bash', 'zsh', 'fish'])('have a script for %s', shell => {
    expect(offered(shell).join('\n')).toContain('instance-ha');
  });
});
