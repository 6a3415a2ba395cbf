import { describe, expect, it } from 'vitest';
import { meaningOf } from './ask-systemd.ts';
import { isProgram } from './program-name.ts';

const line = (...words: string[]): string => words.map(word => `${word}\0`).join('');

describe('a command line', () => {
  it.each([
    ['the program itself', line('/usr/sbin/libvirtd', '--timeout', '120'), 'libvirtd'],
    [
      'a script and its interpreter',
      line('/usr/bin/python3', '/usr/bin/nova-compute', '--config-file=x'),
      'nova-compute',
    ],
    [
      'options of the interpreter',
      line('python3.11', '-u', '-B', '/usr/local/bin/nova-compute'),
      'nova-compute',
    ],
    ['a title it gave itself', line('nova-compute: worker 1 (/usr/bin/python3)'), 'nova-compute'],
  ])('is that of %s', (_what, words, name) => {
    expect(isProgram(words, name)).toBe(true);
  });

  it.each([
    ['one that names it in an argument', line('vi', '/etc/nova/nova-compute')],
    ['one that looks for it', line('grep', 'nova-compute')],
    [
      'a helper that is told its configuration',
      line('/usr/bin/python3', '/usr/bin/privsep-helper', '--config-file', 'nova-compute'),
    ],
    ['one whose name it begins', line('/usr/bin/nova-compute-ironic')],
    ['a log reader', line('tail', '-f', '/var/log/nova-compute')],
    ['a kernel thread', ''],
  ])('is not that of %s', (_what, words) => {
    expect(isProgram(words, 'nova-compute')).toBe(false);
  });
});

describe('what systemd says of a unit', () => {
  const says = (active: string, load = 'loaded') =>
    meaningOf('n.service', `LoadState=${load}\nActiveState=${active}\nSubState=s\nResult=r\n`).wish;

  it.each([
    ['inactive', 'stopped'],
    ['failed', 'none'],
    ['active', 'none'],
    ['activating', 'restarting'],
    ['deactivating', 'restarting'],
    ['a state of a later version', 'none'],
  ])('%s means %s', (active, wish) => {
    expect(says(active)).toBe(wish);
  });

  it('nothing of a unit it does not know', () => {
    expect(says('inactive', 'not-found')).toBe('cannot-tell');
    expect(meaningOf('n.service', '').wish).toBe('cannot-tell');
  });
});
