import { describe, expect, it } from 'vitest';
import { chooseMicroversion } from './microversion.ts';

describe('OpenStack-API-Version', () => {
  it.each([
    [undefined, '1.0'],
    ['', '1.0'],
    ['masakari 1.3', '1.0'],
    ['ha 1.3', '1.0'],
    ['compute 2.53', '1.0'],
    ['instance-ha 1.0', '1.0'],
    ['instance-ha 1.3', '1.3'],
    ['instance-ha 1.4', '1.4'],
    ['compute 2.1, instance-ha 1.2', '1.2'],
    ['instance-ha latest', '1.3'],
  ])('%j means %s', (header, expected) => {
    const choice = chooseMicroversion(header);
    expect(choice.ok && `${choice.version.major}.${choice.version.minor}`).toBe(expected);
  });

  it.each([
    ['instance-ha 1.5', 406],
    ['instance-ha 2.0', 406],
    ['instance-ha 1', 400],
    ['instance-ha 0.9', 400],
    ['instance-ha 1.03', 400],
    ['instance-ha x', 400],
  ])('%j is refused with %i', (header, status) => {
    expect(chooseMicroversion(header)).toMatchObject({ ok: false, status });
  });

  it("uses Masakari's words", () => {
    expect(chooseMicroversion('instance-ha 0.9')).toEqual({
      ok: false,
      status: 400,
      message: 'API Version String 0.9 is of invalid format. Must be of format MajorNum.MinorNum.',
    });
    expect(chooseMicroversion('instance-ha 1.9')).toEqual({
      ok: false,
      status: 406,
      message: 'Version 1.9 is not supported by the API. Minimum is 1.0 and maximum is 1.4.',
    });
  });
});
