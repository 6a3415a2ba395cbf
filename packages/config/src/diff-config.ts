import { type OptionKey, optionKey, type Service } from './catalogue/option.ts';
import { Secret } from './catalogue/secret.ts';
import { optionTexts } from './guide/describe-options.ts';
import { type Config, layout, optionsIn } from './layout.ts';

/** One option whose value differs between two configurations. */
export type ConfigChange = {
  readonly key: OptionKey;
  readonly group: string;
  readonly name: string;
  /** As written in the file; empty: not set. Of a secret `***`, or empty. */
  readonly before: string;
  readonly after: string;
  /** Whether `services` take the new value without a restart. */
  readonly reloadable: boolean;
  /** The services that read it. */
  readonly services: readonly Service[];
};

/** What changes from one configuration to another: which options, for whom, and whether a restart is needed. */
export function diffConfig(before: Config, after: Config): ConfigChange[] {
  const [textsBefore, textsAfter] = [optionTexts(before), optionTexts(after)];
  return optionsIn(layout).flatMap(({ option, section, field }) => {
    const key = optionKey(option);
    const [old, now] = [textsBefore[key] ?? '', textsAfter[key] ?? ''];
    const [oldValue, newValue] = [valueAt(before, section, field), valueAt(after, section, field)];
    const bothSecret = oldValue instanceof Secret && newValue instanceof Secret;
    if (bothSecret ? oldValue.equals(newValue) : old === now) return [];
    const { group, name, reloadable, services } = option;
    return [{ key, group, name, before: old, after: now, reloadable, services }];
  });
}

function valueAt(config: Config, section: string, field: string): unknown {
  const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = config;
  return sections[section]?.[field];
}
