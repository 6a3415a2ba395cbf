import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import {
  type Config,
  diffConfig,
  formatProblem,
  getKey,
  loadConfig,
  parseIni,
  printIni,
  sampleFile,
  setKey,
  unsetKey,
} from '@instance-ha/config';
import { readConfig, writeConfigFile } from '@instance-ha/config/file';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, exitCode } from '../exit-code.ts';
import { table } from '../output/table.ts';
import { addPushed } from './pushed.ts';

const defaultFile = '/etc/xavs/instance-ha/instance-ha.conf';
const file = ['--file <file>', 'the configuration file', defaultFile] as const;

export function addConfig(program: Command, context: () => CliContext): void {
  const config = program.command('config').description('check, read and edit instance-ha.conf');
  config
    .command('check')
    .description(
      'read the configuration as the services do and tell everything that is wrong, each with its place',
    )
    .action(() => check(context()));
  config
    .command('sample')
    .description('print a sample file with every option, its default and what it does')
    .action(() => context().world.out(sampleFile()));
  config
    .command('get <section> <key>')
    .description('print the value a file gives to a key')
    .option(...file)
    .action((section: string, key: string, options: { file: string }) =>
      get(context(), { ...options, section, key }),
    );
  config
    .command('set <section> <key> <value>')
    .description('give a key a value; every other byte of the file stays')
    .option(...file)
    .action((section: string, key: string, value: string, options: { file: string }) =>
      set(context(), { ...options, section, key, value }),
    );
  config
    .command('unset <section> <key>')
    .description('remove a key; every other byte of the file stays')
    .option(...file)
    .action((section: string, key: string, options: { file: string }) =>
      set(context(), { ...options, section, key, value: undefined }),
    );
  config
    .command('diff <before> <after>')
    .description('tell which options differ between two files, and which need a restart')
    .action((before: string, after: string) => diff(context(), before, after));
  addPushed(config, context);
}

async function check(context: CliContext): Promise<void> {
  const { configFile, configDir } = context.options;
  const loaded = await readConfig({
    ...(configFile && { configFiles: configFile }),
    ...(configDir && { configDirs: configDir }),
    env: context.world.env,
    hostname: hostname(),
  });
  const errors = loaded.ok ? [] : loaded.errors.map(formatProblem);
  const warnings = loaded.warnings.map(formatProblem);
  context.show({ ok: loaded.ok, files: loaded.files, errors, warnings }, () => {
    const lines = [...warnings.map(line => `warning: ${line}`), ...errors.map(line => `error: ${line}`)];
    const read = loaded.files.length === 0 ? 'no file (defaults and environment)' : loaded.files.join(', ');
    return [...lines, `${loaded.ok ? 'sound' : 'refused'}: ${read}`].map(line => `${line}\n`).join('');
  });
  if (!loaded.ok)
    throw new CliError(
      `${errors.length} ${errors.length === 1 ? 'error' : 'errors'} in the configuration`,
      exitCode.badConfig,
    );
}

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(
      `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
      exitCode.failed,
    );
  }
};

async function get(
  context: CliContext,
  options: { file: string; section: string; key: string },
): Promise<void> {
  const value = getKey(
    parseIni(await readText(options.file), { file: options.file }),
    options.section,
    options.key,
  );
  if (value === undefined)
    throw new CliError(
      `${options.file} gives [${options.section}] ${options.key} no value`,
      exitCode.notFound,
    );
  context.show({ section: options.section, key: options.key, value }, () => `${value}\n`);
}

/** Edits, and refuses an edit after which the file would not be read: a bad value never reaches a service. */
async function set(
  context: CliContext,
  options: { file: string; section: string; key: string; value: string | undefined },
): Promise<void> {
  const { file, section, key, value } = options;
  const expectedText = await readText(file);
  const before = parseIni(expectedText, { file });
  const edited = value === undefined ? unsetKey(before, section, key) : setKey(before, section, key, value);
  if (!edited.ok) throw new CliError(edited.reason, exitCode.failed);
  const text = printIni(edited.document);
  const problems = problemsOf(text, file);
  if (problems.length > 0)
    throw new CliError(
      `the file is left as it is, because the edit would make it wrong:\n${problems.join('\n')}`,
      exitCode.badConfig,
    );
  await writeConfigFile({ file, text, expectedText });
  context.show(
    { file, section, key, value: value ?? null },
    () => `${file}: [${section}] ${key} ${value === undefined ? 'removed' : `= ${value}`}\n`,
  );
}

function problemsOf(text: string, file: string): string[] {
  const loaded = loadConfig({ layers: [{ kind: 'file', file, text }], hostname: hostname() });
  return loaded.ok ? [] : loaded.errors.map(formatProblem);
}

async function diff(context: CliContext, before: string, after: string): Promise<void> {
  const [old, next] = await Promise.all([loadOne(before), loadOne(after)]);
  const changes = diffConfig(old, next);
  context.show(changes, () =>
    changes.length === 0
      ? 'no option differs\n'
      : table(
          ['OPTION', 'BEFORE', 'AFTER', 'TAKES EFFECT', 'SERVICES'],
          changes.map(change => [
            change.key,
            change.before,
            change.after,
            change.reloadable ? 'on SIGHUP' : 'after a restart',
            change.services.join(', '),
          ]),
        ),
  );
}

async function loadOne(file: string): Promise<Config> {
  const loaded = await readConfig({ configFiles: [file], env: {}, hostname: hostname() });
  if (!loaded.ok) throw new CliError(loaded.errors.map(formatProblem).join('\n'), exitCode.badConfig);
  return loaded.config;
}
