import { expect, it } from 'vitest';
import { renderIni } from './ini.ts';

it('writes sections and options in the order they were given', () => {
  expect(renderIni({ DEFAULT: { host: 'os-ctl', workers: 1 }, vnc: { enabled: false } })).toBe(
    '[DEFAULT]\nhost = os-ctl\nworkers = 1\n\n[vnc]\nenabled = false\n',
  );
});

it.each(['a\nb', 'a$b'])('refuses a value that oslo.config would read as something else: %j', value => {
  expect(() => renderIni({ api: { key: value } })).toThrow('[api] key');
});
