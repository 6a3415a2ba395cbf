import { expectTypeOf, it } from 'vitest';
import type { Config, Secret } from './index.ts';
import { testConfig } from './testing.ts';

it('fields have the types of their options', () => {
  expectTypeOf<Config['monitor']['checkIntervalMs']>().toEqualTypeOf<number>();
  expectTypeOf<Config['general']['mode']>().toEqualTypeOf<'act' | 'observe'>();
  expectTypeOf<Config['instanceFailure']['method']>().toEqualTypeOf<'auto' | 'restart' | 'hard-reboot'>();
  expectTypeOf<Config['log']['file']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Config['libvirt']['hosts']>().toEqualTypeOf<Readonly<Record<string, string>>>();
  expectTypeOf<Config['database']['connection']>().toEqualTypeOf<Secret | undefined>();
});

it('a test may change single fields', () => {
  expectTypeOf(testConfig).toBeCallableWith({ monitor: { pingTimeoutMs: 1 } });
  // @ts-expect-error a field that does not exist
  testConfig({ monitor: { pingTimeout: 1 } });
});
