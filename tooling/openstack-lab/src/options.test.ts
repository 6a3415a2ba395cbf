import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('the command line', () => {
  it('understands up with its options', () => {
    expect(
      parseOptions([
        'up',
        '--kvm',
        '--port',
        'nova=18774',
        '--port',
        'epmd=1',
        '--computes',
        'a,b',
        '--json',
      ]),
    ).toMatchObject({
      command: 'up',
      kvm: true,
      json: true,
      computes: ['a', 'b'],
      ports: { nova: 18_774, epmd: 1 },
    });
  });

  it("brings what Masakari's monitor stands on when it is told where to file", () => {
    expect(parseOptions(['up', '--masakari-api', 'http://127.0.0.1:15868/v1'])).toMatchObject({
      kvm: true,
      masakariMonitors: true,
    });
  });

  it.each([
    [[], 'expected up, down, status, kill or start, found ""'],
    [['kill'], 'kill: expected one host'],
    [['up', 'os-fake1'], 'up: expected nothing more'],
    [['up', '--wipe'], '--wipe goes with down'],
    [['up', '--port', 'cinder=1'], '--port: expected one of keystone'],
    [['up', '--port', 'nova=x'], '--port nova: expected a whole number, found "x"'],
    [['up', '--masakari-api', 'there'], '--masakari-api: expected a URL'],
  ])('refuses %j', (argv, message) => {
    const parsed = parseOptions(argv);
    expect(parsed).toBeInstanceOf(Error);
    expect((parsed as Error).message).toContain(message);
  });
});
