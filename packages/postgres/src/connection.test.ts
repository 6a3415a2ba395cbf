import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { assertReadable, isoOf, urlOf } from './connection.ts';

describe('an instant', () => {
  it.each([
    ['2026-01-02 03:04:05.678901+00', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02 03:04:05.6+00', '2026-01-02T03:04:05.600Z'],
    ['2026-01-02 03:04:05.06+00', '2026-01-02T03:04:05.060Z'],
    ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02 03:04:05.678+01', '2026-01-02T02:04:05.678Z'],
  ])('%s is read as %s', (text, expected) => expect(isoOf(text)).toBe(expected));
});

describe('a connection string', () => {
  it('says the same as its parts, whatever they hold', () => {
    const parts = {
      host: '/var/lib/instance ha/run',
      port: 5433,
      database: 'a/b',
      user: 'u@x',
      password: 'p:@/?#%&+ ',
    };
    const { host, port, database, user, password } = new pg.Client({ connectionString: urlOf(parts) });
    expect({ host, port, database, user, password }).toEqual(parts);
  });

  it.each(['mysql://user:secret@host/db', 'host=db password=secret', 'postgresql://u:secret@a:1,b:2/db', ''])(
    'that cannot be read (%s) is refused without repeating it',
    text => {
      let message = '';
      try {
        assertReadable(text);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toContain('[database] connection must be a URL');
      expect(message).not.toContain('secret');
    },
  );

  it.each(['postgresql://u:p@host/db', 'postgres://u:p@10.0.0.1:6432/db?sslmode=disable'])(
    '%s is taken',
    text => expect(() => assertReadable(text)).not.toThrow(),
  );
});
