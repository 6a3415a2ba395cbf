import { type ConfigOf, type Layout, type Option, type OptionKey, optionKey } from '../catalogue/option.ts';
import { type Config, layout, OptionIndex, type PlacedOption } from '../layout.ts';
import { type Given, gather } from './given.ts';
import { type ConfigLayer, inPrecedence } from './layer.ts';
import type { ConfigProblem, Place } from './problem.ts';
import { ProblemList } from './problem-list.ts';
import { Resolver } from './resolve.ts';
import { type Rule, rules } from './rules.ts';

/** Which layer, file, line and column gave each option its value; of a multi-line value the first line. */
export type Provenance = Readonly<Record<OptionKey, Place>>;

export type Loaded<C> = {
  readonly ok: true;
  readonly config: C;
  readonly provenance: Provenance;
  readonly warnings: readonly ConfigProblem[];
};

export type Refused = {
  readonly ok: false;
  /** Never empty, in the order of the layers, then of their lines. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
};

export type LoadResult = Loaded<Config> | Refused;

export type LoadOptions = {
  /** In any order of kinds: files < overlay files by name < pushed < environment. Defaults lie below all. */
  readonly layers: readonly ConfigLayer[];
  /** The host name of the machine, the default of `[DEFAULT] host`. */
  readonly hostname: string;
};

/**
 * Reads instance-ha.conf from its layers. Pure: opens nothing and never throws for what a layer holds; every error is
 * found at once, each with its place, its key, what was expected and what was found.
 */
export function loadConfig(options: LoadOptions): LoadResult {
  return loadLayout({ ...options, layout, rules });
}

/** As `loadConfig`, for any layout of options. */
export function loadLayout<const L extends Layout>(
  options: LoadOptions & { readonly layout: L; readonly rules: readonly Rule<ConfigOf<L>>[] },
): Loaded<ConfigOf<L>> | Refused {
  const index = new OptionIndex(options.layout);
  const problems = new ProblemList();
  const layers = inPrecedence(options.layers);
  const winners = new Map<Option<unknown>, Given>();
  const overridden: Given[] = [];
  for (const given of layers.flatMap(layer => gather(layer, index, problems))) {
    warnOfName(given, problems);
    const lower = winners.get(given.option);
    if (lower !== undefined) overridden.push(lower);
    winners.set(given.option, given);
  }

  const resolver = new Resolver({ index, winners, hostname: options.hostname, problems });
  const { config, failed } = build(index.placed, resolver);
  for (const given of overridden) resolver.checkOverridden(given);

  const provenance = Object.fromEntries(
    index.placed.map(({ option }) => [optionKey(option), placeOf(option, winners)]),
  );
  // A layout and the object built from it have the same shape by construction; the compiler cannot follow the loop.
  const typed = config as ConfigOf<L>;
  for (const rule of options.rules) check(rule, typed, failed, provenance, problems);

  const files = layers.map(layer => (layer.kind === 'environment' ? '' : layer.file));
  const errors = problems.errors(files);
  const warnings = problems.warnings(files);
  return errors.length > 0
    ? { ok: false, errors, warnings }
    : { ok: true, config: typed, provenance, warnings };
}

function build(placed: readonly PlacedOption[], resolver: Resolver) {
  const config: Record<string, Record<string, unknown>> = {};
  const failed = new Set<Option<unknown>>();
  for (const { option, section, field } of placed) {
    const read = resolver.value(option);
    if (read === undefined) failed.add(option);
    const fields = config[section] ?? {};
    fields[field] = read?.value;
    config[section] = fields;
  }
  return { config, failed };
}

function warnOfName({ alias, option, written, keyAt: at }: Given, problems: ProblemList): void {
  if (alias !== undefined) {
    const name = `[${option.group}] ${option.name}`;
    const note = alias.note === undefined ? '' : ` (${alias.note})`;
    const message = `is read as ${name}${note}; use that name`;
    problems.warn({ code: 'alias', at, option: { ...written }, message, suggestion: name });
  }
  if (option.deprecated !== undefined) {
    const { since, reason } = option.deprecated;
    problems.warn({
      code: 'deprecated',
      at,
      option: { ...written },
      message: `deprecated since ${since}: ${reason}`,
    });
  }
}

function placeOf(option: Option<unknown>, winners: ReadonlyMap<Option<unknown>, Given>): Place {
  const first = winners.get(option)?.texts[0];
  const unset = option.defaultFrom !== undefined && first?.text === '';
  return first === undefined || unset ? { layer: 'default' } : first.at;
}

/** A broken rule is reported at the first option it involves that is not a default. */
function check<C>(
  rule: Rule<C>,
  config: C,
  failed: ReadonlySet<Option<unknown>>,
  provenance: Provenance,
  problems: ProblemList,
): void {
  if (rule.involves.some(option => failed.has(option))) return;
  const message = rule.check(config);
  if (message === undefined) return;
  const given =
    rule.involves.find(option => provenance[optionKey(option)]?.layer !== 'default') ?? rule.involves[0];
  if (given === undefined) return;
  const at = provenance[optionKey(given)] ?? { layer: 'default' };
  const problem = {
    code: 'rule',
    at,
    option: { group: given.group, name: given.name },
    message: `${message} (rule ${rule.name})`,
  } as const;
  if (rule.severity === 'error') problems.error(problem);
  else problems.warn(problem);
}
