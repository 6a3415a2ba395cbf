import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('the options of npm start', () => {
  it('default to the lab with a demonstration', () => {
    expect(parseOptions([])).toEqual({ host: 'lab', demo: true, act: true, port: 15868, state: undefined });
  });
  it('never crash or touch a guest of the machine itself unasked', () => {
    expect(parseOptions(['--host', 'system'])).toMatchObject({ demo: false, act: false });
    expect(parseOptions(['--host', 'system', '--act'])).toMatchObject({ demo: false, act: true });
  });
  it.each([
    [['--host', 'moon'], 'expected lab, system or simulated, found "moon"'],
    [['--port', '0'], 'expected a number from 1 to 65535, found "0"'],
    [['--act'], '--act goes with --host system'],
    [['--whatever'], "Unknown option '--whatever'"],
  ])('refuse %j', (argv, message) => {
    const refused = parseOptions(argv);
    expect(refused).toBeInstanceOf(Error);
    expect((refused as Error).message).toContain(message);
  });
});
