import { describe, expect, it } from 'vitest';
import { nameOf, placeAt } from './ini-cursor.ts';

describe('where somebody stands in an INI text', () => {
  it.each([
    ['[inst', { at: 'section', from: 1, typed: 'inst' }],
    ['[a]\nx = 1\n[', { at: 'section', from: 11, typed: '' }],
    ['insta', { at: 'name', section: 'DEFAULT', from: 0, typed: 'insta' }],
    ['[api]\nli', { at: 'name', section: 'api', from: 6, typed: 'li' }],
    ['[api]\nlisten = 12', { at: 'value', section: 'api', name: 'listen', from: 15, typed: '12' }],
    ['[a]\n[b]\nx=', { at: 'value', section: 'b', name: 'x', from: 10, typed: '' }],
    ['# li', { at: 'nothing' }],
    ['two words', { at: 'nothing' }],
  ])('%j', (before, place) => expect(placeAt(before)).toEqual(place));

  it('knows the name that a line assigns', () => {
    expect(nameOf('  listen = x')).toEqual({ name: 'listen', from: 2, to: 8 });
    expect(nameOf('# listen = x')).toBeNull();
  });
});
