import { memoryStores } from '@instance-ha/ports/fakes';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { Authenticator } from './authenticator.ts';
import { digestOf, isTokenShaped, makeToken } from './token.ts';

let clock: FakeClock;
let good: string;
let authenticator: Authenticator;
let find: ReturnType<typeof vi.spyOn>;
let stores: ReturnType<typeof memoryStores>;
const admin = { name: 'admin', scope: 'admin' as const, host: null };

beforeEach(async () => {
  clock = fakeClock();
  stores = memoryStores({ clock });
  good = makeToken();
  await stores.tokens.add(admin, digestOf(good));
  find = vi.spyOn(stores.tokens, 'find');
  authenticator = new Authenticator({ tokens: stores.tokens, clock, failureLimit: 3, believedMs: 5000 });
});

const outcome = async (token: string, address = '10.0.0.1') => {
  const recognition = await authenticator.recognise(token, address);
  if (recognition.known) return recognition.caller.name;
  return recognition.barredForMs === null ? 'unknown' : `barred for ${recognition.barredForMs / 1000} s`;
};

describe('a token', () => {
  it('is looked up once and then believed for a while', async () => {
    for (let turn = 0; turn < 10; turn += 1) expect(await outcome(good)).toBe('admin');
    expect(find).toHaveBeenCalledTimes(1);
    await clock.advance(5000);
    expect(await outcome(good)).toBe('admin');
    expect(find).toHaveBeenCalledTimes(2);
  });

  it('that was removed is refused once it is no longer believed', async () => {
    expect(await outcome(good)).toBe('admin');
    await stores.tokens.remove('admin');
    expect(await outcome(good)).toBe('admin');
    await clock.advance(5000);
    expect(await outcome(good)).toBe('unknown');
  });

  it.each([
    '',
    'short',
    'has spaces in it and is long enough',
    'x'.repeat(513),
    'a-token-with-ünicode-in-it',
    '\n'.repeat(20),
  ])('of impossible form (%j) costs no look-up', async token => {
    expect(await outcome(token)).toBe('unknown');
    expect(find).not.toHaveBeenCalled();
  });

  it('is never handed to the store in clear', async () => {
    await outcome(good);
    expect(Buffer.from(find.mock.calls[0]?.[0] as Uint8Array)).toHaveLength(32);
    expect(isTokenShaped(good)).toBe(true);
    expect(makeToken()).not.toBe(good);
  });
});

describe('an address with wrong tokens', () => {
  const wrong = (turn: number) => `wrong-token-number-${turn}`;

  it('is barred for the rest of the minute after too many different ones', async () => {
    for (let turn = 0; turn < 3; turn += 1) expect(await outcome(wrong(turn))).toBe('unknown');
    await clock.advance(20_000);
    expect(await outcome(wrong(3))).toBe('barred for 40 s');
    expect(find).toHaveBeenCalledTimes(3);
    expect(await outcome(wrong(3), '10.0.0.2')).toBe('unknown');
    await clock.advance(40_000);
    expect(await outcome(wrong(4))).toBe('unknown');
  });

  it('bars no token that was good before', async () => {
    expect(await outcome(good)).toBe('admin');
    for (let turn = 0; turn < 4; turn += 1) await outcome(wrong(turn));
    await clock.advance(6000);
    expect(await outcome(good)).toBe('admin');
  });

  it('is not barred for repeating a single one', async () => {
    for (let turn = 0; turn < 100; turn += 1) expect(await outcome(wrong(1))).toBe('unknown');
    expect(await outcome(good)).toBe('admin');
    expect(find).toHaveBeenCalledTimes(2);
  });
});
