import { type ConfigOf, type Layout, type Option, optionKey } from './catalogue/option.ts';
import { apiOptions } from './options/api.ts';
import { databaseOptions } from './options/database.ts';
import { defaultOptions } from './options/default.ts';
import { hostFailureOptions } from './options/host-failure.ts';
import { instanceFailureOptions } from './options/instance-failure.ts';
import { keystoneAuthtokenOptions } from './options/keystone-authtoken.ts';
import { libvirtOptions } from './options/libvirt.ts';
import { monitorOptions } from './options/monitor.ts';
import { openstackOptions } from './options/openstack.ts';
import { processFailureOptions } from './options/process-failure.ts';
import { processOptions } from './options/processes.ts';
import { workerOptions } from './options/worker.ts';

const { checkIntervalMs, logLevel, logFormat, logFile, ...general } = defaultOptions;

/**
 * Where each option stands in the configuration object. A field has the section of the file, apart from those of
 * `[DEFAULT]` that one service or one purpose owns.
 */
export const layout = {
  monitor: { checkIntervalMs, ...monitorOptions },
  general,
  log: { level: logLevel, format: logFormat, file: logFile },
  instanceFailure: instanceFailureOptions,
  hostFailure: hostFailureOptions,
  process: processOptions,
  processFailure: processFailureOptions,
  libvirt: libvirtOptions,
  openstack: openstackOptions,
  worker: workerOptions,
  api: apiOptions,
  keystoneAuthtoken: keystoneAuthtokenOptions,
  database: databaseOptions,
} satisfies Layout;

/** The whole configuration, typed: durations in milliseconds, sizes in bytes, secrets wrapped. */
export type Config = ConfigOf<typeof layout>;

/** An option with its place in the configuration object. */
export type PlacedOption = {
  readonly option: Option<unknown>;
  readonly section: string;
  readonly field: string;
};

/** All options of a layout; those of one section of the file stand together, in the order the sections first appear. */
export function optionsIn(layout: Layout): PlacedOption[] {
  const placed = Object.entries(layout).flatMap(([section, fields]) =>
    Object.entries(fields).map(([field, option]) => ({ option, section, field })),
  );
  const groups = [...new Set(placed.map(each => each.option.group))];
  return groups.flatMap(group => placed.filter(each => each.option.group === group));
}

/** Finds options by section and name as they are written, aliases included. Names are compared as oslo.config does. */
export class OptionIndex {
  readonly placed: readonly PlacedOption[];
  readonly #found = new Map<string, Map<string, Found>>();

  constructor(layout: Layout) {
    this.placed = optionsIn(layout);
    for (const { option } of this.placed) {
      this.#add(option.group, option.name, { option, alias: undefined });
      for (const alias of option.aliases) this.#add(alias.group, alias.name, { option, alias });
    }
  }

  find(sectionKey: string, name: string): Found | undefined {
    return this.#found.get(sectionKey)?.get(name);
  }

  hasSection(sectionKey: string): boolean {
    return this.#found.has(sectionKey);
  }

  /** Names that may be suggested: canonical ones, and in sections that hold aliases alone also those. */
  names(sectionKey: string): string[] {
    const all = [...(this.#found.get(sectionKey)?.entries() ?? [])];
    const canonical = all.filter(([, found]) => found.alias === undefined);
    return (canonical.length > 0 ? canonical : all).map(([name]) => name);
  }

  sections(): string[] {
    return [...new Set(this.placed.map(each => each.option.group))];
  }

  /** Sections that have an option of exactly this name. */
  sectionsWith(name: string): string[] {
    return this.placed.filter(each => each.option.name === name).map(each => each.option.group);
  }

  #add(group: string, name: string, found: Found): void {
    const section = this.#found.get(group) ?? new Map<string, Found>();
    if (section.has(name)) throw new Error(`two options are read as ${optionKey({ group, name })}`);
    this.#found.set(group, section.set(name, found));
  }
}

type Found = {
  readonly option: Option<unknown>;
  readonly alias: Option<unknown>['aliases'][number] | undefined;
};
