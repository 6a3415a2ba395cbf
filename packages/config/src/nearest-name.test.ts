import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

const known = ['ping_timeout', 'failure_threshold', 'api_url', 'api_token_file', 'instance_check_interval'];

describe('the name that was probably meant', () => {
  it.each([
    ['pnig_timeout', 'ping_timeout'],
    ['ping_timeuot', 'ping_timeout'],
    ['ping-timeout', 'ping_timeout'],
    ['PING_TIMEOUT', 'ping_timeout'],
    ['failure_treshhold', 'failure_threshold'],
    ['check_interval', 'instance_check_interval'],
    ['api_token', 'api_token_file'],
    ['url', undefined],
    ['monitor', undefined],
    ['', undefined],
    ['x'.repeat(65), undefined],
  ])('%s: %s', (written, meant) => {
    expect(nearestName(written, known)).toBe(meant);
  });
});
