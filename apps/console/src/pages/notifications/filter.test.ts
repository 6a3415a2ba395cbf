import { describe, expect, it } from 'vitest';
import { filterOf, isFiltered, type NotificationFilter, searchOf } from './filter.ts';

describe('the filter in the address', () => {
  it.each<NotificationFilter>([
    {},
    { type: 'COMPUTE_HOST' },
    { status: ['new', 'running'], host: 'node-1.example' },
    { instance: 'web "1" & <b>', since: '2026-01-02T03:04:05.000Z', until: '2026-01-03T00:00:00.000Z' },
    { cursor: '120' },
  ])('is read back as it was written: %j', filter => {
    const address = new URLSearchParams(searchOf(filter)).toString();
    expect(filterOf(Object.fromEntries(new URLSearchParams(address)))).toEqual(filter);
  });

  it.each([
    ['a type that is none', { type: 'VM' }],
    ['a status that is none', { status: 'broken,' }],
    ['a host that no host can be called', { host: 'a b' }],
    ['text with control characters', { instance: 'a\u0000b' }],
    ['blanks', { instance: '   ' }],
    ['a time that is none', { since: 'yesterday', until: '1999-01-01' }],
    ['a place that is none', { cursor: '1e3' }],
  ])('leaves out %s', (_what, search) => {
    expect(filterOf(search)).toEqual({});
  });

  it('knows whether anything is asked for', () => {
    expect(isFiltered({ cursor: '5' })).toBe(false);
    expect(isFiltered({ status: ['new'] })).toBe(true);
  });
});
