import { describe, expect, it } from 'vitest';
import { noAttributes, readAttributes, writeAttributes } from './control-attributes.ts';

describe('control attributes in a form', () => {
  it.each([
    '{"host":"10.0.0.7","username":"root","password":"a \\"b\\""}',
    '{"host":"10.0.0.7","port":623}',
    'SSH',
    '{"host":7}',
    '[1]',
    '***',
  ])('come back as they were: %s', text => {
    expect(JSON.stringify(writeAttributes(readAttributes(text)))).toBe(JSON.stringify(text));
  });

  it('are nothing where nothing was filled in', () => {
    expect(readAttributes('')).toEqual(noAttributes);
    expect(writeAttributes(noAttributes)).toBe('');
  });

  it('are fields where they are JSON', () => {
    expect(readAttributes('{"host":"a","username":"b","password":"c","x":1}')).toEqual({
      kind: 'ipmi',
      host: 'a',
      username: 'b',
      password: 'c',
      rest: { x: 1 },
    });
  });
});
