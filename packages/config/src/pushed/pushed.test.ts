import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testConfig } from '../testing.ts';
import { checkPushed } from './check-pushed.ts';
import { lineDiff } from './line-diff.ts';
import { maskSecrets } from './mask-secrets.ts';
import { previewChange } from './preview-change.ts';

const general = (text: string) => ({ name: 'instance-ha.conf', text });
const override = (text: string) => ({ name: 'hosts/node1/instance-ha.conf', text });
const told = (layers: Parameters<typeof checkPushed>[0]) =>
  checkPushed(layers).map(({ severity, line, column, key, code }) => [severity, line, column, key, code]);

describe('a text that is to be pushed', () => {
  it('has its errors and warnings by line', () => {
    const text =
      '[DEFAULT]\ninstance_check_interval = -5\n[monitor]\nping_timout = 3\n[api]\nmax_page = 10\n';
    expect(told([general(text)])).toEqual([
      ['error', 2, 27, 'DEFAULT.instance_check_interval', 'bad-value'],
      ['error', 4, 1, 'monitor.ping_timout', 'unknown-key'],
      ['warning', 6, 1, 'api.max_page', 'no-effect'],
    ]);
    expect(checkPushed([general(text)])[1]?.suggestion).toBe('[monitor] ping_timeout');
  });

  it.each([
    ['[DEFAULT]\nhost = node1\n', 'DEFAULT.host'],
    ['[DEFAULT]\nstate_path = /srv\n', 'DEFAULT.state_path'],
    ['[monitor]\napi_url = http://127.0.0.1:1\n', 'monitor.api_url'],
    ['[monitor]\napi_token_file = /x\n', 'monitor.api_token_file'],
    ['[database]\nconnection = postgresql:///x\n', 'database.connection'],
    ['[api]\ntokens_path = /x\n', 'api.tokens_path'],
  ])('may not cut the host off: %j', (text, key) => {
    expect(told([general(text)])).toContainEqual(['error', 2, 1, key, 'host-only']);
  });

  it('tells of an override only what it adds: a rule it breaks is told at its line', () => {
    const below = general('[monitor]\nping_timeout = 20\nboot_grce = 4\n');
    const above = override('[DEFAULT]\ninstance_check_interval = 5\n');
    expect(told([below, above])).toEqual([['error', null, null, 'monitor.ping_timeout', 'rule']]);
  });
});

describe('secrets', () => {
  it.each([
    ['[openstack]\npassword = hunter2\n', '[openstack]\npassword = ***\n'],
    ['[openstack]\npasswrd: hunter2\n', '[openstack]\npasswrd: ***\n'],
    ['[openstack]\n# password = hunter2\n', '[openstack]\n# password = ***\n'],
    ['[openstack]\nhunter2\n', '[openstack]\n***\n'],
    ['[openstack]\npassword = hunter1\n  hunter2\n', '[openstack]\npassword = ***\n  ***\n'],
    ['[monitor]\napi_url = http://u:hunter2@x/\n', '[monitor]\napi_url = http://***@x/\n'],
    ['[keystone_authtoken]\r\npassword="hunter2"\r\n', '[keystone_authtoken]\r\npassword=***\r\n'],
  ])('are hidden from readers: %j', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });

  it('are not taken for saved ones: what was hidden is an error when it is saved', () => {
    const text = '[openstack]\npassword = hunter2\n';
    expect(told([general(text)])).toEqual([['warning', 2, 1, 'openstack.password', 'secret-pushed']]);
    expect(told([general(maskSecrets(text))])).toEqual([
      ['error', 2, 1, 'openstack.password', 'masked-secret'],
    ]);
  });

  it('leave everything else as it is', () => {
    const text = '# a comment\n[DEFAULT]\ninstance_check_interval = 30\n\n[monitor]\nping_timeout = 5\n';
    expect(maskSecrets(text)).toBe(text);
  });
});

describe('a preview', () => {
  it('tells what changes, what begins anew and what is protected less', () => {
    const before = testConfig();
    const after = testConfig({
      monitor: { checkIntervalMs: 60_000, metricsPort: 1234 },
      general: { mode: 'observe' },
    });
    const { changes, restarts, unprotected } = previewChange(before, after);
    expect(changes.map(({ key, after: now }) => `${key} ${now}`).sort()).toEqual([
      'DEFAULT.instance_check_interval 60',
      'DEFAULT.mode observe',
      'monitor.metrics_port 1234',
    ]);
    expect(restarts).toEqual(['monitor']);
    expect(unprotected).toEqual([
      expect.stringContaining('mode = observe'),
      expect.stringMatching(/^a hang is seen within 185 s instead of 95 s$/),
    ]);
    expect(previewChange(after, before).unprotected).toEqual([]);
  });
});

describe('the difference by lines', () => {
  it('names what stayed, came and went', () => {
    const lines = lineDiff('a\nb\nc\n', 'a\nB\nc\nd\n');
    expect(lines?.map(({ op, before, after, text }) => `${op} ${before} ${after} ${text}`)).toEqual([
      'same 1 1 a',
      'removed 2 null b',
      'added null 2 B',
      'same 3 3 c',
      'added null 4 d',
    ]);
  });

  it('gives up where nearly everything differs', () => {
    const many = (prefix: string) => Array.from({ length: 1500 }, (_, at) => `${prefix}${at}`).join('\n');
    expect(lineDiff(many('a'), many('b'))).toBeUndefined();
  });

  it('leads from any text to any other', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
      .map(lines => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after) ?? [];
        const side = (gone: string) => lines.filter(({ op }) => op !== gone).map(each => each.text);
        const whole = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
        expect(side('added')).toEqual(whole(before));
        expect(side('removed')).toEqual(whole(after));
      }),
    );
  });
});
