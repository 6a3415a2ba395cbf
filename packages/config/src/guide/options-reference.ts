import { describeOptions, type OptionDescription } from './describe-options.ts';

/** The options reference of the operator guide, in Markdown. */
export function optionsReference(): string {
  const options = describeOptions();
  const groups = [...new Set(options.map(option => option.group))];
  return `${[head, ...groups.map(group => tableOf(group, options)), aliasTable(options)].join('\n\n')}\n`;
}

const head = `# Options

<!-- Generated from the catalogue of options by \`pnpm --filter @instance-ha/config guide\`. Do not edit. -->

Instance HA reads \`/etc/xavs/instance-ha/instance-ha.conf\`, or the files given by \`--config-file\`. Where an option is
given more than once the last of these counts:

1. its default
2. the configuration files, in the order they are given
3. the \`*.conf\` files of the overlay folders given by \`--config-dir\`, by name
4. what the console pushed
5. the environment: \`OS_<SECTION>__<OPTION>\`, for example \`OS_DEFAULT__INSTANCE_CHECK_INTERVAL=10\`

\`$name\` and \`\${name}\` stand for another option of the same section or of \`[DEFAULT]\`, \`$section.name\` for one of another
section, \`$$\` for a dollar sign. A key that is not listed here is an error. Options marked *reloadable* take effect on
SIGHUP, all others at the next start; those marked *on the host* cannot be pushed. [instance-ha.conf.sample](instance-ha.conf.sample) has every option with its default.`;

function tableOf(group: string, options: readonly OptionDescription[]): string {
  const rows = options
    .filter(option => option.group === group)
    .map(option => {
      const facts = [
        option.reloadable ? 'reloadable' : 'restart',
        ...(option.hostOnly ? ['on the host'] : []),
        ...(option.secret ? ['secret'] : []),
      ];
      return [
        `\`${option.name}\``,
        defaultOf(option),
        cell(option.expects),
        option.services.join(', '),
        facts.join(', '),
        cell(option.description),
      ];
    });
  return [
    `## [${group}]`,
    '',
    ...table(['Option', 'Default', 'Expected', 'Read by', 'Change', 'Description'], rows),
  ].join('\n');
}

function aliasTable(options: readonly OptionDescription[]): string {
  const rows = options.flatMap(option =>
    option.aliases.map(alias => [
      `\`[${alias.group}] ${alias.name}\``,
      `\`[${option.group}] ${option.name}\``,
      cell(alias.note ?? ''),
    ]),
  );
  return [
    '## Names of other projects',
    '',
    'These names of Masakari and the oslo libraries are read too, with a warning that tells the name to use.',
    '',
    ...table(['Also read', 'Option', 'Difference'], rows),
  ].join('\n');
}

function defaultOf(option: OptionDescription): string {
  if (option.defaultFrom === 'hostname') return '*host name*';
  return option.default === null || option.default === '' ? '*not set*' : `\`${option.default}\``;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
