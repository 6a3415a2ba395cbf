import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { gzipBeside } from './build/gzip-beside.ts';
import { withoutRouteWords } from './build/without-route-words.ts';

/** `./dev --filter @instance-ha/console dev` serves the sources and hands /v2 to an API on its usual port. */
export default defineConfig({
  plugins: [withoutRouteWords(), react(), gzipBeside()],
  resolve: {
    conditions: ['@instance-ha/source', 'module', 'browser', 'development|production'],
    alias: { '@ts-rest/core': fileURLToPath(new URL('build/ts-rest-runtime.ts', import.meta.url)) },
  },
  build: { target: 'es2023', assetsInlineLimit: 0, manifest: true, modulePreload: { polyfill: false } },
  server: { proxy: { '/v2': 'http://127.0.0.1:15868' } },
});
