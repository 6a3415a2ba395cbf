import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optionKey } from '../catalogue/option.ts';
import { layout, optionsIn } from '../layout.ts';
import { loadConfig } from '../load/load-config.ts';
import { testConfig } from '../testing.ts';
import { describeOptions, optionTexts } from './describe-options.ts';
import { optionsReference } from './options-reference.ts';
import { sampleFile } from './sample-file.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the generated pages', () => {
  it.each([
    ['options.md', optionsReference()],
    ['instance-ha.conf.sample', sampleFile()],
  ])('docs/guide/%s is fresh; if not, run pnpm --filter @instance-ha/config guide', (name, text) => {
    expect(read(`../../../../docs/guide/${name}`)).toBe(text);
  });

  it('the sample changes nothing, as it is and with every option uncommented', () => {
    const defaults = testConfig();
    for (const text of [sampleFile(), sampleFile().replaceAll(/^#(\w+ =)/gm, '$1')]) {
      const loaded = loadConfig({ layers: [{ kind: 'file', file: 'sample', text }], hostname: 'test-host' });
      expect(loaded).toMatchObject({ ok: true, warnings: [] });
      expect(loaded.ok && loaded.config).toEqual(defaults);
    }
  });

  it('name every option', () => {
    for (const { name } of describeOptions()) {
      expect(optionsReference()).toContain(`\n| \`${name}\` |`);
      expect(sampleFile()).toContain(`\n#${name} =`);
    }
  });
});

describe('every option', () => {
  it.each(describeOptions().map(option => [option.key, option] as const))(
    '%s is described',
    (_key, option) => {
      expect(option.description).toMatch(/^[A-Z"a-z].*\.$/s);
      expect(option.description.length).toBeGreaterThan(60);
      expect(option.name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(option.services.length).toBeGreaterThan(0);
      expect(option.expects).not.toBe('');
    },
  );

  it('has a default that reads, and that is written as it would be printed', () => {
    const texts = optionTexts(testConfig());
    for (const option of describeOptions()) {
      if (option.default !== null && !option.default.includes('$'))
        expect(texts[option.key]).toBe(option.default);
    }
    expect(texts['DEFAULT.host']).toBe('test-host');
    expect(texts['api.tokens_path']).toBe('/var/lib/instance-ha/tokens');
    expect(texts['database.connection']).toBe('');
  });

  it('prints to a text that reads as the same value', () => {
    for (const { option, section, field } of optionsIn(layout)) {
      const { type } = option;
      if (type.min === undefined || type.max === undefined) continue;
      for (const bound of [type.min, type.max]) {
        const value = type.read([String(bound)]);
        expect({ section, field, value }).toMatchObject({ value: { ok: true } });
        if (value.ok) expect(type.print(value.value)).toEqual([String(bound)]);
      }
      for (const beyond of [type.min - 0.001, type.max + 1]) {
        expect(type.read([String(beyond)]).ok).toBe(false);
      }
    }
  });

  it('is plain data to the editor', () => {
    const described = describeOptions();
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(new Set(described.map(optionKey)).size).toBe(described.length);
  });
});

it('the main entry needs nothing of Node, so that an editor in a browser can use it', () => {
  const source = new URL('../', import.meta.url);
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    name => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('file'),
  );
  expect(files.length).toBeGreaterThan(20);
  for (const name of files) {
    const text = readFileSync(new URL(name, source), 'utf8');
    expect(
      `${name}: ${/from '(node:[^']*|\.\/file[^']*)'|\b(process|Buffer)\./.exec(text)?.[0] ?? 'pure'}`,
    ).toBe(`${name}: pure`);
  }
});
