import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const guide = 'docs/guide/metrics.md';
/** What would name one of thousands: a series for each. */
const tooMany = ['guest', 'instance', 'uuid', 'host', 'domain', 'vm', 'name'];

/**
 * Every metric follows the conventions of Prometheus, has labels of few values, and stands in the operators' guide with its
 * kind and labels; the guide names no other.
 */
export function checkMetrics(root: string): string[] {
  const faults: string[] = [];
  const told = toldIn(readFileSync(join(root, guide), 'utf8'));
  const made = globSync(['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'], { cwd: root })
    .filter(file => !/\.test\.ts$|\/testing\//.test(file))
    .sort()
    .flatMap(file => madeIn(readFileSync(join(root, file), 'utf8')).map(metric => ({ file, ...metric })));
  for (const { file, name, kind, labels } of made) {
    for (const fault of faultsOf({ name, kind, labels })) faults.push(`${file}: ${name}: ${fault}`);
    const asMade = `${[...labels].sort().join(',')} ${kind}`;
    const asTold = told.get(name);
    if (asTold === undefined) faults.push(`${guide}: ${name} of ${file} is missing`);
    else if (asTold !== asMade)
      faults.push(`${guide}: ${name}: expected labels and kind "${asMade}", found "${asTold}"`);
  }
  const names = new Set(made.map(({ name }) => name));
  for (const name of told.keys()) if (!names.has(name)) faults.push(`${guide}: there is no ${name}`);
  return faults;
}

type Metric = { name: string; kind: string; labels: string[] };

function madeIn(text: string): Metric[] {
  const found = text.matchAll(
    /\b(counter|gauge|histogram|Gauge)(?:<[^>]*>)?\(\{\s*name: '(vmha_\w+)',([\s\S]*?)\}\)/g,
  );
  return [...found].map(([, kind = '', name = '', rest = '']) => ({
    name,
    kind: kind.toLowerCase(),
    labels: labelsIn(rest),
  }));
}

/** `labels: { a: …, b: … }` of ours, `labelNames: ['a']` of prom-client. */
function labelsIn(text: string): string[] {
  const names = /labelNames: \[([^\]]*)\]/.exec(text)?.[1];
  if (names !== undefined) return [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  const block = /labels: \{(.*?)\},?\n|labels: \{(.*)\}/s.exec(text);
  const inside = (block?.[1] ?? block?.[2] ?? '').replaceAll(/\[[^\]]*\]/g, '');
  return [...inside.matchAll(/(?:^|,)\s*(\w+)(?=\s*(?::|,|$))/g)].map(([, name = '']) => name);
}

/** The rows of the guide: `name{labels}` and kind. */
function toldIn(text: string): Map<string, string> {
  const rows = text.matchAll(/^\| `(vmha_\w+)(?:\{([\w,]+)\})?` \| (\w+) \|/gm);
  return new Map(
    [...rows].map(([, name = '', labels = '', kind = '']) => [
      name,
      `${labels.split(',').sort().join(',')} ${kind}`,
    ]),
  );
}

function faultsOf({ name, kind, labels }: Metric): string[] {
  const faults: string[] = [];
  if ((kind === 'counter') !== name.endsWith('_total'))
    faults.push(kind === 'counter' ? 'a counter ends in _total' : `a ${kind} does not end in _total`);
  if (/_(ms|milliseconds|minutes|hours|kib|mib|percent)(_|$)/.test(name))
    faults.push('expected a base unit: seconds, bytes, a ratio');
  if (kind === 'histogram' && !/_(seconds|bytes)$/.test(name))
    faults.push('a histogram ends in its unit, _seconds or _bytes');
  for (const label of labels.filter(label => tooMany.includes(label)))
    faults.push(`the label "${label}" would make a series for each ${label}`);
  return faults;
}
