#!/usr/bin/env node
/**
 * instance-ha-worker: recovers what failed.
 *
 * Only this file touches the process (argv, environment, signals, output, exit code). All else is `run`, which a test
 * starts in-process with its own world and AbortSignal.
 *
 * Exit codes: 0 stopped on request · 1 failed while running · 64 wrong usage · 78 configuration refused.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { formatProblem } from '@instance-ha/config';
import { readConfig } from '@instance-ha/config/file';
import { abortOnSignals, onHangup } from '@instance-ha/runtime';
import { createTelemetry } from '@instance-ha/telemetry';
import { run } from './run.ts';

const help = `instance-ha-worker: carries out recoveries; any number of workers may share one database.

Usage: instance-ha-worker [options]

  --config-file FILE   read this file; may be given again, later ones win
                       (default: /etc/xavs/instance-ha/instance-ha.conf when it exists)
  --config-dir DIR     then every *.conf of this folder, sorted
  --check              read the configuration, tell what is wrong, and end
  --version, --help

Every option can also be set in the environment as OS_<GROUP>__<OPTION>, e.g. OS_DEFAULT__MODE=observe.
SIGHUP reads the configuration again; options that need a restart are named in the log. SIGTERM stops: a restart that was
begun is ended, everything else is left to another worker.
Exit codes: 0 stopped on request, 1 failed, 64 wrong usage, 78 configuration refused.
`;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const flags = parse();
if (flags?.help) process.stdout.write(help);
else if (flags?.version) process.stdout.write(`${version}\n`);
else if (flags) process.exitCode = await start(flags);

function parse() {
  try {
    return parseArgs({
      options: {
        'config-file': { type: 'string', multiple: true },
        'config-dir': { type: 'string', multiple: true },
        check: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`instance-ha-worker: ${(error as Error).message}\nTry --help.\n`);
    process.exitCode = 64;
    return undefined;
  }
}

async function start(flags: NonNullable<ReturnType<typeof parse>>): Promise<number> {
  const read = () =>
    readConfig({
      ...(flags['config-file'] && { configFiles: flags['config-file'] }),
      ...(flags['config-dir'] && { configDirs: flags['config-dir'] }),
      env: process.env,
      hostname: hostname(),
    });
  const loaded = await read();
  for (const problem of [...loaded.warnings, ...(loaded.ok ? [] : loaded.errors)])
    process.stderr.write(`${formatProblem(problem)}\n`);
  if (!loaded.ok) return 78;
  if (flags.check) {
    process.stdout.write('the configuration is sound\n');
    return 0;
  }
  const { config } = loaded;
  const { level, format, file } = config.log;
  const signal = abortOnSignals('SIGTERM', 'SIGINT');
  const telemetry = createTelemetry({ service: 'worker', level, format, file, version });
  return run({
    config,
    telemetry,
    signal,
    version,
    notifySocket: process.env.NOTIFY_SOCKET,
    onReload: reload =>
      onHangup(async () => {
        const again = await read();
        if (again.ok) await reload(again.config);
        else
          for (const problem of again.errors)
            telemetry.log.error(
              { problem: formatProblem(problem) },
              'the new configuration is refused, the old one stays',
            );
      }, signal),
  });
}
