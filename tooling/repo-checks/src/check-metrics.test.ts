import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMetrics } from './check-metrics.ts';

const source = 'packages/thing/src/metrics.ts';
const guide = 'docs/guide/metrics.md';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'metrics-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
const made = (kind: string, name: string, labels = ''): void =>
  put(
    source,
    `metrics.${kind}({\n  name: '${name}',\n  help: 'x, {y}: z',\n  ${labels}\n  buckets: [1, 2],\n});\n`,
  );
const told = (...rows: string[]): void => put(guide, `${rows.join('\n')}\n`);

describe('a metric', () => {
  it.each([
    ["labels: { fault: guestFaults, outcome: ['ok', ...codes] },", '{fault,outcome}'],
    ['labels: {\n    fault: guestFaults,\n    outcome,\n  },', '{outcome,fault}'],
    ["labelNames: ['fault', 'outcome'],", '{fault,outcome}'],
    ['', ''],
  ])('with %j stands in the guide', (labels, asTold) => {
    made("counter<'fault' | 'outcome'>", 'vmha_things_total', labels);
    told(`| \`vmha_things_total${asTold}\` | counter | things |`);
    expect(checkMetrics(root)).toEqual([]);
  });

  it('is refused when the guide has it not, or otherwise, or has one that is not made', () => {
    made('counter', 'vmha_things_total', 'labels: { fault: guestFaults },');
    told('| `vmha_things_total` | gauge | things |', '| `vmha_others_total` | counter | others |');
    expect(checkMetrics(root)).toEqual([
      `${guide}: vmha_things_total: expected labels and kind "fault counter", found " gauge"`,
      `${guide}: there is no vmha_others_total`,
    ]);
    told('');
    expect(checkMetrics(root)).toEqual([`${guide}: vmha_things_total of ${source} is missing`]);
  });

  it.each([
    ['counter', 'vmha_things', '', 'a counter ends in _total'],
    ['gauge', 'vmha_things_total', '', 'a gauge does not end in _total'],
    ['histogram', 'vmha_wait', '', 'a histogram ends in its unit, _seconds or _bytes'],
    ['gauge', 'vmha_wait_ms', '', 'expected a base unit: seconds, bytes, a ratio'],
    [
      'gauge',
      'vmha_alive',
      'labels: { instance: uuids },',
      'the label "instance" would make a series for each instance',
    ],
  ])('is refused as %s %s %s', (kind, name, labels, fault) => {
    made(kind, name, labels);
    told(`| \`${name}${labels ? '{instance}' : ''}\` | ${kind} | x |`);
    expect(checkMetrics(root)).toEqual([`${source}: ${name}: ${fault}`]);
  });
});
