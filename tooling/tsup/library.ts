import { defineConfig } from 'tsup';

/** One way to build every package: ESM only, JavaScript by tsup, declarations by TypeScript's native compiler. */
export const library = (entry: string[]) =>
  defineConfig({
    entry,
    format: ['esm'],
    dts: false,
    sourcemap: true,
    clean: true,
    target: 'node22',
    splitting: true,
  });
