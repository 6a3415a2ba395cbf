import { describe, expect, it } from 'vitest';
import { readScript } from './script.ts';

describe('a script', () => {
  it('is read line by line, without what is for people', () => {
    expect(
      readScript('# Two crashes.\n0  panic web   # the first\n\n1.5  qemu-killed  db\n60 end\n'),
    ).toEqual([
      { atMs: 0, command: 'panic web' },
      { atMs: 1500, command: 'qemu-killed db' },
      { atMs: 60_000, command: 'end' },
    ]);
  });

  it('may wait for a notification by its number', () => {
    expect(readScript('0 on "#1 begins start" kill worker-1\n1 end')[0]?.command).toBe(
      'on "#1 begins start" kill worker-1',
    );
  });

  it.each([
    ['times that go back', '5 panic web\n4 end', 'line 2: 4 s is before the line above it'],
    ['a line without a time', 'panic web\n4 end', 'line 1: expected "SECONDS COMMAND"'],
    ['no end', '5 panic web', 'the last line must be "SECONDS end"'],
  ])('is refused with %s', (_fault, text, message) => {
    expect(() => readScript(text)).toThrow(message);
  });
});
