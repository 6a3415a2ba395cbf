import { describeOptions, type OptionDescription } from './describe-options.ts';

/** A complete instance-ha.conf with every option commented out at its default. Uncommented it changes nothing. */
export function sampleFile(): string {
  const options = describeOptions();
  const groups = [...new Set(options.map(option => option.group))];
  const sections = groups.map(group => {
    const own = options.filter(option => option.group === group);
    return [`[${group}]`, ...own.map(sampleOf)].join('\n\n');
  });
  return `${[head, ...sections].join('\n\n')}\n`;
}

const head = [
  '# Sample configuration of Instance HA, generated from the catalogue of options.',
  '# Every option is shown at its default: uncomment only what you change.',
  '# A comment needs a line of its own, with "#" or ";" in its first column.',
].join('\n');

function sampleOf(option: OptionDescription): string {
  const facts = [
    `Expected: ${option.expects}.`,
    option.reloadable ? 'Reloadable.' : 'Needs a restart.',
    `Read by: ${option.services.join(', ')}.`,
  ];
  const aliases = option.aliases.map(alias => `[${alias.group}] ${alias.name}`);
  const lines = [
    ...wrap(option.description),
    ...wrap(facts.join(' ')),
    ...(aliases.length > 0 ? wrap(`Also read as ${aliases.join(', ')}.`) : []),
  ];
  const value = option.default ?? '';
  return [...lines.map(line => `# ${line}`), `#${option.name} =${value === '' ? '' : ` ${value}`}`].join(
    '\n',
  );
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > 78) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
