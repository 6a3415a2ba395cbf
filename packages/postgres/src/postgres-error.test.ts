import { describe, expect, it } from 'vitest';
import { PostgresError, toPostgresError } from './postgres-error.ts';

const failing = (code: string | undefined, message = 'x') => Object.assign(new Error(message), { code });

describe('an error of the driver', () => {
  it.each([
    ['57P01', 'x', 'unavailable', true],
    ['57P03', 'x', 'unavailable', true],
    ['53300', 'x', 'unavailable', true],
    ['08006', 'x', 'unavailable', true],
    ['25006', 'x', 'unavailable', true],
    ['57014', 'x', 'timeout', true],
    ['40P01', 'x', 'contention', true],
    ['23505', 'x', 'conflict', false],
    ['23514', 'x', 'invalid', false],
    ['22P02', 'x', 'invalid', false],
    ['28P01', 'x', 'denied', false],
    ['42501', 'x', 'denied', false],
    ['42P01', 'x', 'schema', false],
    ['XX000', 'x', 'internal', false],
    ['ECONNREFUSED', 'x', 'unavailable', true],
    ['ENOENT', 'x', 'unavailable', true],
    ['ETIMEDOUT', 'x', 'timeout', true],
    [undefined, 'Connection terminated unexpectedly', 'unavailable', true],
    [undefined, 'Query read timeout', 'timeout', true],
    [undefined, 'timeout exceeded when trying to connect', 'timeout', true],
    [undefined, 'something else', 'internal', false],
  ] as const)('%s %s is %s, retryable: %s', (code, message, expected, retryable) => {
    const told = toPostgresError(failing(code, message), 'filing');
    expect(told).toMatchObject({ code: expected, retryable, message: `filing: ${message}` });
  });

  it('of a lost connection is told without the connection, its statements and keys', () => {
    const lost = Object.assign(failing(undefined, 'Connection terminated'), { client: { secretKey: 1234 } });
    expect(toPostgresError(lost, 'filing').cause).not.toHaveProperty('client');
  });

  it('is sorted once, and is known across two installed versions', () => {
    const told = toPostgresError(failing('23505'), 'filing');
    expect(toPostgresError(told, 'again')).toBe(told);
    expect(PostgresError.isInstance(told)).toBe(true);
    expect(PostgresError.isInstance({ [Symbol.for('@instance-ha/postgres/PostgresError')]: true })).toBe(
      true,
    );
    expect(PostgresError.isInstance(new Error('x'))).toBe(false);
    expect(PostgresError.isInstance(null)).toBe(false);
  });
});
