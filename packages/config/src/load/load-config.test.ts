import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionKey } from '../catalogue/option.ts';
import { describeOptions } from '../guide/describe-options.ts';
import type { ConfigLayer } from './layer.ts';
import { type LoadResult, loadConfig } from './load-config.ts';
import { formatProblem, type TextLayerKind } from './problem.ts';
import { rules } from './rules.ts';

const file = (text: string, name = 'x.conf', kind: TextLayerKind = 'file'): ConfigLayer => ({
  kind,
  file: name,
  text,
});
const environment = (variables: Record<string, string>): ConfigLayer => ({ kind: 'environment', variables });
const load = (...layers: ConfigLayer[]): LoadResult => loadConfig({ layers, hostname: 'compute1' });

function loaded(...layers: ConfigLayer[]) {
  const result = load(...layers);
  if (!result.ok) throw new Error(result.errors.map(formatProblem).join('\n'));
  return result;
}

const errors = (result: LoadResult): string[] => (result.ok ? [] : result.errors.map(formatProblem));
const warnings = (result: LoadResult): string[] => result.warnings.map(formatProblem);

describe('the source document', () => {
  // The file it shows for the instance monitor, word for word.
  const shown = `[instance_failure]
recover_ignoring_error_instances = False
recover_instance_failure_method = auto

[DEFAULT]
instance_check_interval = 30
`;

  it('"Add or modify the instance monitor parameters": its file is read without a word', () => {
    const result = loaded(file(shown));
    expect(result.warnings).toEqual([]);
    expect(result.config.monitor.checkIntervalMs).toBe(30_000);
    expect(result.config.instanceFailure).toMatchObject({
      recoverIgnoringErrorInstances: false,
      method: 'auto',
    });
  });

  it('"Section, Parameter, Default": its three options have exactly these names, sections and defaults', () => {
    const table = new Map(
      describeOptions().map(option => [`[${option.group}] ${option.name}`, option.default]),
    );
    expect(table.get('[instance_failure] recover_ignoring_error_instances')).toBe('False');
    expect(table.get('[instance_failure] recover_instance_failure_method')).toBe('auto');
    expect(table.get('[DEFAULT] instance_check_interval')).toBe('30');
    expect(loaded().config).toEqual(loaded(file(shown)).config);
  });
});

describe('fixtures/bad', () => {
  const folder = new URL('../../fixtures/bad/', import.meta.url);
  const names = readdirSync(folder).filter(name => name.endsWith('.conf'));

  it.each(names)('%s is told as its last lines say', name => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const result = load(file(text, ''));
    const told = [
      ...errors(result).map(line => `# error${line}`),
      ...warnings(result).map(line => `# warning${line}`),
    ].map(line => line.replace(/^(# \w+):(\d)/, '$1: $2'));
    const expected = text.split('\n').filter(line => /^# (error|warning): \d/.test(line));
    expect(expected).not.toEqual([]);
    expect(told).toEqual(expected);
    expect(told.join('\n')).not.toMatch(/hunter2/);
  });

  it('have one for every rule between options', () => {
    const texts = names.map(name => readFileSync(new URL(name, folder), 'utf8')).join('\n');
    for (const rule of rules) expect(texts).toContain(`(rule ${rule.name})`);
  });
});

describe('layers', () => {
  const interval = (text: string) => `[DEFAULT]\ninstance_check_interval = ${text}\n`;

  it('defaults < files in order < overlay by name < pushed < environment, in whatever order they are handed in', () => {
    const layers: ConfigLayer[] = [
      file(interval('11'), 'a.conf'),
      file(interval('12'), 'b.conf'),
      file(interval('14'), '/etc/z.d/20-late.conf', 'overlay'),
      file(interval('13'), '/etc/z.d/10-early.conf', 'overlay'),
      file(interval('15'), 'revision 7', 'pushed'),
      environment({ OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '16' }),
    ];
    const seen: number[] = [];
    const rest = layers.toReversed();
    for (const drop of [5, 4, 2, 3, 1, 0]) {
      seen.push(loaded(...rest).config.monitor.checkIntervalMs);
      rest.splice(rest.indexOf(layers[drop] as ConfigLayer), 1);
    }
    seen.push(loaded().config.monitor.checkIntervalMs);
    expect(seen).toEqual([16_000, 15_000, 14_000, 13_000, 11_000, 11_000, 30_000]);
  });

  it('files count in the order they are given', () => {
    const [a, b] = [file(interval('11'), 'a.conf'), file(interval('12'), 'b.conf')];
    expect(loaded(a, b).config.monitor.checkIntervalMs).toBe(12_000);
    expect(loaded(b, a).config.monitor.checkIntervalMs).toBe(11_000);
  });

  it('tell which of them gave each value', () => {
    const { provenance } = loaded(
      file('[monitor]\n\nping_timeout = 4\n', '/etc/x.conf'),
      environment({ os_default__MODE: 'observe' }),
    );
    expect(provenance['monitor.ping_timeout']).toEqual({
      layer: 'file',
      file: '/etc/x.conf',
      span: { line: 3, column: 16, endColumn: 17 },
    });
    expect(provenance['DEFAULT.mode']).toEqual({ layer: 'environment', variable: 'os_default__MODE' });
    expect(provenance['DEFAULT.host']).toEqual({ layer: 'default' });
    expect(Object.keys(provenance)).toEqual(describeOptions().map(optionKey));
  });

  it('warn of a bad value that a later one overrides', () => {
    const result = loaded(file(interval('-5'), 'a.conf'), file(interval('5'), 'b.conf'));
    expect(warnings(result)).toEqual([
      'a.conf:2:27: [DEFAULT] instance_check_interval: expected a whole number of seconds from 1 to 3600, found "-5" (overridden by a later layer)',
    ]);
  });

  it('may use two names of one option, the later layer counts', () => {
    const alias = file('[introspectiveinstancemonitor]\nguest_monitoring_interval = 10\n', 'masakari.conf');
    expect(loaded(alias, file(interval('20'))).config.monitor.checkIntervalMs).toBe(20_000);
    expect(loaded(file(interval('20')), alias).config.monitor.checkIntervalMs).toBe(10_000);
  });

  it('take sections in any case but DEFAULT, and parts of one section as one', () => {
    const { config } = loaded(file('[Monitor]\nping_timeout = 4\n[MONITOR]\nboot_grace = 7\n'));
    expect(config.monitor).toMatchObject({ pingTimeoutMs: 4000, bootGraceMs: 7000 });
  });
});

describe('the environment', () => {
  it('an unknown option of a known section is an error with the nearest name', () => {
    expect(errors(load(environment({ OS_MONITOR__PNIG_TIMEOUT: '5' })))).toEqual([
      'environment OS_MONITOR__PNIG_TIMEOUT: [monitor] pnig_timeout: unknown key; did you mean [monitor] ping_timeout?',
    ]);
  });

  it('an unknown section is a warning only, as other services use such variables too', () => {
    expect(warnings(loaded(environment({ OS_MONITR__PING_TIMEOUT: '5', OS_GLANCE__REGION: 'x' })))).toEqual([
      'environment OS_GLANCE__REGION: ignored, no section has that name',
      'environment OS_MONITR__PING_TIMEOUT: ignored, no section has that name; did you mean OS_MONITOR__…?',
    ]);
  });

  it('other variables are not looked at', () => {
    const result = loaded(
      environment({ OS_AUTH_URL: 'x', PATH: '/bin', OS__X: '1', OS_MONITOR__: '1', POS_MONITOR__X: '1' }),
    );
    expect(result.warnings).toEqual([]);
  });

  it('a bad value names the variable', () => {
    expect(errors(load(environment({ OS_MONITOR__PING_TIMEOUT: '0' })))[0]).toMatch(
      /^environment OS_MONITOR__PING_TIMEOUT: \[monitor\] ping_timeout: expected .*, found "0"$/,
    );
  });
});

describe('values', () => {
  it.each([
    [
      '[instance_failure]\nrecover_ignoring_error_instances = off',
      'instanceFailure',
      'recoverIgnoringErrorInstances',
      false,
    ],
    [
      '[instance_failure]\nrecover_ignoring_error_instances = YES',
      'instanceFailure',
      'recoverIgnoringErrorInstances',
      true,
    ],
    [
      '[instance_failure]\nrecover_instance_failure_method = hard_reboot',
      'instanceFailure',
      'method',
      'hard-reboot',
    ],
    ['[worker]\nlease = 1.5', 'worker', 'leaseMs', 1500],
    ['[worker]\nlease = 2e0', 'worker', 'leaseMs', 2000],
    ['[api]\nbody_limit_kib = 64', 'api', 'bodyLimitBytes', 65_536],
    ['[database]\nretention_days = 7', 'database', 'retentionMs', 604_800_000],
    ['[monitor]\nhost_suspect_ratio = .25', 'monitor', 'hostSuspectRatio', 0.25],
    ['[monitor]\nlisten = ::1', 'monitor', 'listen', '::1'],
    ['[monitor]\nlisten = ha.example.org', 'monitor', 'listen', 'ha.example.org'],
    ['[DEFAULT]\nlog_file =', 'log', 'file', undefined],
    ['[DEFAULT]\nhost =', 'general', 'host', 'compute1'],
    ['[DEFAULT]\nstate_path = /s', 'api', 'tokensPath', '/s/tokens'],
    [
      '[libvirt]\nhosts = a=qemu:///system,\n  b=qemu+unix:///system?socket=/run/b,',
      'libvirt',
      'hosts',
      { a: 'qemu:///system', b: 'qemu+unix:///system?socket=/run/b' },
    ],
    [
      '[libvirt]\nhosts = __proto__=qemu:///system',
      'libvirt',
      'hosts',
      Object.fromEntries([['__proto__', 'qemu:///system']]),
    ],
  ] as const)('%s', (text, section, field, value) => {
    const fields: Readonly<Record<string, unknown>> = loaded(file(text)).config[section];
    expect(fields[field]).toEqual(value);
  });

  it.each([
    ['[monitor]\nlisten = 127.0.0.1:80'],
    ['[monitor]\nlisten = 1.2.3'],
    ['[monitor]\nmetrics_port = 65536'],
    ['[monitor]\nmetrics_port = 1e3'],
    ['[monitor]\nping_timeout = 1.5'],
    ['[monitor]\nhost_suspect_ratio = NaN'],
    ['[monitor]\nhost_suspect_ratio = 0x1'],
    ['[libvirt]\nconnection_uri = xen:///system'],
    ['[libvirt]\nhosts = a=qemu:///system, a=qemu+unix:///system'],
    ['[instance_failure]\nrecover_instance_failure_method = toString'],
    ['[DEFAULT]\nhost = two words'],
  ])('%s is refused', text => {
    expect(errors(load(file(text)))).toHaveLength(1);
  });

  it('the host name of the machine is checked too, and its dollar signs are no references', () => {
    const result = loadConfig({ layers: [], hostname: 'a$b' });
    expect(errors(result)).toEqual([
      'default: [DEFAULT] host: expected a host name of 1 to 255 letters, digits, "-", "_" and ".", found "a$b" as the hostname',
    ]);
  });
});

describe('substitution', () => {
  const logFile = (value: string, more = '') => {
    const result = load(file(`[DEFAULT]\nstate_path = /s\nlog_file = ${value}\n${more}`));
    return result.ok
      ? result.config.log.file
      : result.errors.map(error => `${error.code} ${formatProblem(error)}`);
  };

  it.each([
    ['/x/$state_path/y', '/x//s/y'],
    ['$' + '{state_path}.log', '/s.log'],
    ['$state_path.', '/s.'],
    [
      '$STATE_PATH',
      [
        'unknown-reference x.conf:3:12: [DEFAULT] log_file: unknown option in $STATE_PATH; did you mean $state_path? Otherwise write $$ for a dollar sign',
      ],
    ],
    ['/$monitor.ping_timeout', '/5'],
    ['/$' + '{Monitor.ping_timeout}s', '/5s'],
    ['/$$state_path', '/$state_path'],
    ['/\\$state_path', '/$state_path'],
    ['/100%/%(x)s', '/100%/%(x)s'],
    ['/$5/$', '/$5/$'],
    ['/$log_level', '/info'],
    ['/x$log_file', ['reference-cycle x.conf:3:14: [DEFAULT] log_file: $log_file leads back to this value']],
    [
      '/x$' + '{}',
      ['unknown-reference x.conf:3:14: [DEFAULT] log_file: unknown option in $; write $$ for a dollar sign'],
    ],
    [
      '/$ping_timeout',
      [
        'unknown-reference x.conf:3:13: [DEFAULT] log_file: unknown option in $ping_timeout; did you mean $monitor.ping_timeout? Otherwise write $$ for a dollar sign',
      ],
    ],
  ])('%s', (value, expected) => {
    expect(logFile(value)).toEqual(expected);
  });

  it('looks into the own section first', () => {
    const { config } = loaded(
      file(
        '[api]\nlisten = ha.example.org\nallow_plain_http = True\ntokens_path = /$listen/$host\n[monitor]\nlisten = 127.0.0.2\n',
      ),
    );
    expect(config.api.tokensPath).toBe('/ha.example.org/compute1');
  });

  it('works through further references, and in the environment', () => {
    const { config } = loaded(
      file('[DEFAULT]\nstate_path = /s/$host\n'),
      environment({ OS_API__TOKENS_PATH: '$state_path/t' }),
    );
    expect(config.api.tokensPath).toBe('/s/compute1/t');
  });

  it('finds the place in a value of several lines', () => {
    const result = load(file('[libvirt]\nhosts = a=qemu:///system,\n    b=qemu:///$nothing\n'));
    expect(errors(result)[0]).toMatch(/^x\.conf:3:15: /);
  });

  it('says what is wrong with a value once, and not again where it is referred to', () => {
    expect(errors(load(file('[DEFAULT]\nstate_path = relative\nlog_file = $state_path/log\n')))).toHaveLength(
      1,
    );
  });

  it('cannot be made to grow without end', () => {
    const big = `${'$state_path'.repeat(2000)}`;
    const result = load(file(`[DEFAULT]\nstate_path = /${'x'.repeat(4000)}\nlog_file = ${big}\n`));
    expect(errors(result)).toEqual([
      'x.conf:3:12: [DEFAULT] log_file: expected at most 16384 characters, found 22000',
    ]);
    const doubling = `[DEFAULT]\nstate_path = /${'x'.repeat(4000)}\nlog_file = ${'$state_path'.repeat(1000)}\n`;
    expect(errors(load(file(doubling)))).toEqual([
      'x.conf:3:12: [DEFAULT] log_file: expected at most 16384 characters, found 4001000',
    ]);
  });
});

describe('a secret', () => {
  const url = 'postgres://ha:hunter2@db/ha';

  it('prints as *** however the configuration is shown', () => {
    const { config, provenance } = loaded(file(`[database]\nconnection = ${url}\n`));
    expect(config.database.connection?.reveal()).toBe(url);
    for (const shown of [
      JSON.stringify({ config, provenance }),
      inspect(config, { depth: 9, showHidden: true }),
      String(config.database.connection),
    ]) {
      expect(shown).toContain('***');
      expect(shown).not.toContain('hunter2');
    }
  });

  it('keeps its dollar signs when they are doubled', () => {
    const { config } = loaded(file('[database]\nconnection = postgres://ha:a$$b@db/ha\n'));
    expect(config.database.connection?.reveal()).toBe('postgres://ha:a$b@db/ha');
  });

  it('is not shown when it stands where the file with it is expected', () => {
    expect(errors(load(file('[monitor]\napi_token_file = hunter2\n')))).toEqual([
      'x.conf:2:18: [monitor] api_token_file: expected an absolute path, or nothing, found ***',
    ]);
  });

  it('is in no problem, wherever it was put by mistake', () => {
    const places = describeOptions().map(option => `[${option.group}]\n${option.name} = ${url}\n`);
    const texts = [...places, `[${url}]\n`, url, `[database]\nconection = ${url}\n`, `[database]\n ${url}\n`];
    for (const text of texts) {
      const result = load(file(text));
      expect(JSON.stringify([errors(result), result])).not.toContain('hunter2');
    }
  });
});

describe('whatever is handed in', () => {
  it('is told in at most a thousand errors, and how many there are beyond', () => {
    const keys = Array.from({ length: 1200 }, (_, index) => `key_${index} = 1`);
    const told = errors(load(file(`[monitor]\n${keys.join('\n')}\n`)));
    expect(told).toHaveLength(1001);
    expect(told.at(-1)).toBe('x.conf:1001:1: and 200 more like these');
  });

  it('tells an unknown section once, however often it is opened', () => {
    expect(errors(load(file('[x]\nk = 1\n'.repeat(50))))).toHaveLength(1);
  });

  const group = fc.constantFrom(
    'DEFAULT',
    'monitor',
    'database',
    'libvirt',
    'api',
    'x',
    'introspectiveinstancemonitor',
  );
  const key = fc.constantFrom(
    'ping_timeout',
    'log_file',
    'state_path',
    'host',
    'connection',
    'hosts',
    'listen',
    'port',
    'y',
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          '$',
          '{',
          '}',
          '$state_path',
          '$log_file',
          '$host',
          '.',
          '=',
          ',',
          '/',
          '5',
          '-',
          '\\$',
          'qemu:///',
        ),
      )
      .map(parts => parts.join('')),
  );
  const text = fc
    .array(
      fc.oneof(
        group.map(name => `[${name}]`),
        fc.tuple(key, value).map(pair => pair.join(' = ')),
        fc.string(),
      ),
    )
    .map(lines => lines.join('\n'));

  it('is never an exception, and every error has a place that exists', () => {
    fc.assert(
      fc.property(text, text, fc.dictionary(fc.string(), value), (first, second, variables) => {
        const result = load(file(first, 'a'), file(second, 'b', 'overlay'), environment(variables));
        const lines = { a: first.split(/\r\n|\n|\r/), b: second.split(/\r\n|\n|\r/) };
        if (!result.ok) expect(result.errors).not.toEqual([]);
        for (const { at, message } of [...(result.ok ? [] : result.errors), ...result.warnings]) {
          expect(message).not.toBe('');
          if (!('file' in at) || at.span === undefined) continue;
          const line = lines[at.file as 'a' | 'b'][at.span.line - 1] ?? '';
          expect(at.span.column).toBeLessThanOrEqual(line.length + 1);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('is told without anything that disturbs a terminal', () => {
    fc.assert(
      fc.property(text, each => {
        for (const line of [...errors(load(file(each))), ...warnings(load(file(each)))]) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        }
      }),
      { numRuns: 500 },
    );
  });
});
