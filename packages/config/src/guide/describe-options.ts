import { type Alias, type OptionKey, optionKey, type Service } from '../catalogue/option.ts';
import type { ValueKind } from '../catalogue/value-types.ts';
import { type Config, layout, optionsIn } from '../layout.ts';

/**
 * What is known of one option, as plain data that can be sent as JSON: for the options reference, and for completion
 * and hover in an editor.
 */
export type OptionDescription = {
  readonly key: OptionKey;
  readonly group: string;
  readonly name: string;
  /** Where its value stands in the configuration object, for example `monitor.pingTimeoutMs`. */
  readonly field: string;
  readonly kind: ValueKind;
  /** What is expected, to follow the word "expected". */
  readonly expects: string;
  readonly unit: string | null;
  /** Bounds of the written number, in `unit`. */
  readonly min: number | null;
  readonly max: number | null;
  /** The words to complete with; null when the value is no choice. */
  readonly choices: readonly string[] | null;
  /** As written in the file; null: not set. */
  readonly default: string | null;
  readonly defaultFrom: 'hostname' | null;
  readonly description: string;
  readonly aliases: readonly Alias[];
  readonly deprecated: { readonly since: string; readonly reason: string } | null;
  readonly reloadable: boolean;
  /** Whether it may not be pushed. */
  readonly hostOnly: boolean;
  readonly services: readonly Service[];
  readonly secret: boolean;
  /** Whether an empty value means "not set". */
  readonly optional: boolean;
  /** Whether the key may be repeated. */
  readonly repeats: boolean;
};

/** All options, those of one section together, in the order in which the documents show them. */
export function describeOptions(): OptionDescription[] {
  return optionsIn(layout).map(({ option, section, field }) => {
    const { type } = option;
    return {
      key: optionKey(option),
      group: option.group,
      name: option.name,
      field: `${section}.${field}`,
      kind: type.kind,
      expects: type.expects,
      unit: type.unit ?? null,
      min: type.min ?? null,
      max: type.max ?? null,
      choices: type.choices ?? null,
      default: option.default ?? null,
      defaultFrom: option.defaultFrom ?? null,
      description: option.description,
      aliases: option.aliases,
      deprecated: option.deprecated ?? null,
      reloadable: option.reloadable,
      hostOnly: option.hostOnly ?? false,
      services: option.services,
      secret: type.secret,
      optional: type.optional || option.defaultFrom !== undefined,
      repeats: type.repeats,
    };
  });
}

/** The values that count, as they would be written in the file, by `group.name`. Secrets are `***`. */
export function optionTexts(config: Config): Record<OptionKey, string> {
  const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = config;
  return Object.fromEntries(
    optionsIn(layout).map(({ option, section, field }) => [
      optionKey(option),
      option.type.print(sections[section]?.[field]).join('\n'),
    ]),
  );
}
