import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Chunk = {
  file: string;
  imports?: string[];
  css?: string[];
  isEntry?: boolean;
  dynamicImports?: string[];
};

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'apps', 'console', 'dist');

/** Every file that is fetched to show one page, by Vite's own list of what imports what, with its size over the wire. */
export function filesOf(page: string): Map<string, number> {
  const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8')) as Record<
    string,
    Chunk
  >;
  const files = new Set<string>(['index.html']);
  const follow = (name: string): void => {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the build knows no ${name}`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    for (const inner of chunk.imports ?? []) follow(inner);
  };
  follow('index.html');
  follow(page);
  return new Map([...files].map(file => [file, sizeOf(file)]));
}

function sizeOf(file: string): number {
  const zipped = join(dist, `${file}.gz`);
  return readFileSync(existsSync(zipped) ? zipped : join(dist, file)).byteLength;
}
