import type { ValueType } from './value-types.ts';

/** The daemons that read options. */
export const services = ['monitor', 'worker', 'api'] as const;
export type Service = (typeof services)[number];

/** Another name an option is read by, reported with its own name. `note` tells where the meanings differ. */
export type Alias = { readonly group: string; readonly name: string; readonly note?: string };

/** One option of instance-ha.conf: everything that is known about it stands here and nowhere else. */
export type Option<Value> = {
  readonly group: string;
  readonly name: string;
  readonly type: ValueType<Value>;
  /** As it would be written in the file, substitutions included. Undefined: not set. */
  readonly default: string | undefined;
  /** The default is not written down but found at start-up. */
  readonly defaultFrom?: 'hostname';
  /** Full sentences: what it does, its unit, and why the default is what it is. */
  readonly description: string;
  readonly aliases: readonly Alias[];
  readonly deprecated?: { readonly since: string; readonly reason: string };
  /** Whether a running service takes a new value without a restart (SIGHUP, or a pushed revision). */
  readonly reloadable: boolean;
  /**
   * It counts in the file on the host and in its environment alone: what is pushed may not change it, as the host is found and
   * asked by it.
   */
  readonly hostOnly?: boolean;
  /** Who reads it. */
  readonly services: readonly Service[];
};

type OptionOf<Value> = Omit<Option<Value>, 'group' | 'aliases' | 'default'> & {
  readonly default?: string;
  readonly aliases?: readonly Alias[];
};

/** Returns a maker of the options of one section. */
export function optionsOf(group: string): <Value>(option: OptionOf<Value>) => Option<Value> {
  return option => ({ ...option, group, default: option.default, aliases: option.aliases ?? [] });
}

/** Where each option stands in the configuration object: section, then field. */
export type Layout = { readonly [section: string]: { readonly [field: string]: Option<unknown> } };

/** The typed configuration object that belongs to a layout. */
export type ConfigOf<L extends Layout> = {
  readonly [S in keyof L]: {
    readonly [F in keyof L[S]]: L[S][F] extends Option<infer Value> ? Value : never;
  };
};

/** The key by which an option is looked up and reported: `monitor.ping_timeout`. */
export type OptionKey = `${string}.${string}`;

export const optionKey = (option: { group: string; name: string }): OptionKey =>
  `${option.group}.${option.name}`;
