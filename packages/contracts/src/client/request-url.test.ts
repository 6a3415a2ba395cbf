import { describe, expect, it } from 'vitest';
import { requestUrl } from './request-url.ts';

describe('the address of a call', () => {
  it.each([
    ['../../v2/pause', '/v2/guests/..%2F..%2Fv2%2Fpause'],
    ['..', '/v2/guests/%2E%2E'],
    ['a?b=c#d', '/v2/guests/a%3Fb%3Dc%23d'],
    ['ü\n', '/v2/guests/%C3%BC%0A'],
  ])('keeps the parameter %j in its place', (uuid, expected) => {
    expect(requestUrl('', '/v2/guests/:uuid', { uuid })).toBe(expected);
  });

  it('repeats lists and leaves out what is undefined', () => {
    expect(requestUrl('http://h/base', '/v2/x', {}, { a: ['1', '2&3'], b: undefined, c: 5 })).toBe(
      'http://h/base/v2/x?a=1&a=2%263&c=5',
    );
  });

  it('refuses a missing parameter', () => {
    expect(() => requestUrl('', '/v2/guests/:uuid', {})).toThrow('needs the parameter uuid');
    expect(() => requestUrl('', '/v2/guests/:uuid', { uuid: '' })).toThrow(TypeError);
  });
});
