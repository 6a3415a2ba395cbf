import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const sources = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (pattern: string) =>
  globSync(pattern, { cwd: sources }).map(file => readFileSync(join(sources, file), 'utf8'));
const styles = join(dirname(createRequire(import.meta.url).resolve('@mantine/core/styles.css')), 'styles');

/** What of Mantine is imported anywhere, and whose style is imported anywhere. */
const components = new Set(
  read('**/*.tsx').flatMap(text =>
    [...text.matchAll(/import \{([^}]*)\} from '@mantine\/core'/gs)].flatMap(([, names = '']) =>
      names.split(',').map(name => name.trim()),
    ),
  ),
);
const brought = new Set(
  read('**/*.{ts,tsx}').flatMap(text =>
    [...text.matchAll(/@mantine\/core\/styles\/(\w+)\.css/g)].map(([, name]) => name),
  ),
);

describe('the styles of Mantine', () => {
  it('are brought for every component that has one', () => {
    const needed = [...components].filter(name => existsSync(join(styles, `${name}.css`)));
    expect(needed.length).toBeGreaterThan(15);
    expect(needed.filter(name => !brought.has(name))).toEqual([]);
  });
});
