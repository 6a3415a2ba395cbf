/**
 * The front of a service: flags, help, the configuration and what is wrong with it, SIGHUP, the exit code. One for all of
 * them, so that an operator learns it once.
 *
 * Exit codes: 0 stopped on request · 1 failed while running · 64 wrong usage · 78 configuration refused.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, formatProblem } from '@instance-ha/config';
import { readConfig } from '@instance-ha/config/file';
import type { Logger } from '@instance-ha/ports';
import { abortOnSignals, onHangup } from './abort-on-signals.ts';
import { type Follow, PushedFront } from './pushed/pushed-front.ts';

export { beginsAnew, type Follow } from './pushed/pushed-front.ts';
export { createStoreSource } from './pushed/store-source.ts';
export { reloadOf } from './reload.ts';

/** A flag of one service alone. `value` names what follows it, for a `string`. */
export type ServiceFlag = { type: 'boolean'; help: string } | { type: 'string'; value: string; help: string };

/** The flags that were given. */
export type GivenFlags<Flags extends Record<string, ServiceFlag>> = {
  readonly [Name in keyof Flags]?: Flags[Name]['type'] extends 'string' ? string : boolean;
};

/** What the front touches of its process; `thisProcess()` outside of tests. */
export type ServiceProcess = {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  hostname: string;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Aborts when the process is told to stop. Asked for once, when it begins to serve. */
  untilStopped: () => AbortSignal;
};

export type StartedService<Flags extends Record<string, ServiceFlag>> = {
  config: Config;
  flags: GivenFlags<Flags>;
  version: string;
  /** systemd's NOTIFY_SOCKET, when it started us. */
  notifySocket: string | undefined;
  /** Aborts when it is to stop; with a reason that `beginsAnew` knows when it is to begin again at once. */
  signal: AbortSignal;
  /** Follows what is pushed; for a service that takes it. */
  follow: Follow | undefined;
  out: (text: string) => void;
  /** Reads the configuration again at each SIGHUP and hands it on; a refused one is logged, and the old one stays. */
  reloads: (options: {
    log: Logger;
    signal: AbortSignal;
  }) => (reload: (config: Config) => Promise<void>) => void;
};

export type Service<Flags extends Record<string, ServiceFlag>> = {
  /** The binary's name. */
  name: string;
  /** The service's package.json, for `--version`. */
  manifest: URL;
  /** What it does, in a sentence. */
  summary: string;
  flags: Flags;
  /** A variable of the environment worth showing. */
  example: string;
  /** What signals do, for the help. */
  signals: string;
  /** Takes what is pushed, by this name. */
  pushedAs?: 'monitor' | 'worker';
  /** Serves until it is over; resolves with the exit code. Called again when it is to begin anew. */
  serve: (started: StartedService<Flags>) => Promise<number>;
};

/** Does what the flags ask for, serving included. Resolves with the exit code. */
export async function startService<Flags extends Record<string, ServiceFlag>>(
  service: Service<Flags>,
  process: ServiceProcess,
): Promise<number> {
  const given = parse(service.flags, process.argv);
  if (typeof given === 'string') {
    process.err(`${service.name}: ${given}\nTry --help.\n`);
    return 64;
  }
  const { version } = JSON.parse(readFileSync(service.manifest, 'utf8')) as { version: string };
  if (given.help) {
    process.out(helpOf(service));
    return 0;
  }
  if (given.version) {
    process.out(`${version}\n`);
    return 0;
  }
  const { env, out } = process;
  const read = (pushed: Parameters<typeof readConfig>[0]['pushed'] = []) =>
    readConfig({
      configFiles: given.files,
      configDirs: given.dirs,
      env,
      hostname: process.hostname,
      pushed,
    });
  const loaded = await read();
  for (const problem of [...loaded.warnings, ...(loaded.ok ? [] : loaded.errors)])
    process.err(`${formatProblem(problem)}\n`);
  if (!loaded.ok) return 78;
  if (given.check) {
    out('the configuration is sound\n');
    return 0;
  }
  const stopped = process.untilStopped();
  const front = await openPushed(service.pushedAs, {
    config: loaded.config,
    read,
    tell: line => process.err(`${service.name}: ${line}\n`),
  });
  const once = (): Promise<number> =>
    service.serve({
      config: front?.config ?? loaded.config,
      flags: given.own,
      version,
      notifySocket: env.NOTIFY_SOCKET,
      signal: front ? AbortSignal.any([stopped, front.anew]) : stopped,
      follow: front?.follow,
      out,
      reloads:
        ({ log, signal }) =>
        reload => {
          front?.takeBy(reload);
          onHangup(async () => {
            const again = await read(front?.layers);
            if (again.ok) {
              front?.readAgain(again.config);
              return reload(again.config);
            }
            for (const problem of again.errors)
              log.error(
                { problem: formatProblem(problem) },
                'the new configuration is refused, the old one stays',
              );
          }, signal);
        },
    });
  for (;;) {
    const code = await once();
    if (stopped.aborted || !(await front?.isToBegin(code))) return code;
  }
}

/** What was pushed is kept beside the other state of the service. */
async function openPushed(
  service: 'monitor' | 'worker' | undefined,
  options: Omit<Parameters<typeof PushedFront.open>[1], 'file'>,
): Promise<PushedFront | undefined> {
  if (service === undefined) return undefined;
  const file = join(options.config.general.statePath, service, 'pushed.json');
  return PushedFront.open(service, { ...options, file });
}

export const thisProcess = (): ServiceProcess => ({
  argv: process.argv.slice(2),
  env: process.env,
  hostname: hostname(),
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  untilStopped: () => abortOnSignals('SIGTERM', 'SIGINT'),
});

type Given<Flags extends Record<string, ServiceFlag>> = {
  files: readonly string[];
  dirs: readonly string[];
  check: boolean;
  version: boolean;
  help: boolean;
  own: GivenFlags<Flags>;
};

/** Or what is wrong with them. */
function parse<Flags extends Record<string, ServiceFlag>>(
  flags: Flags,
  argv: readonly string[],
): Given<Flags> | string {
  const own = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        ...own,
        'config-file': { type: 'string', multiple: true },
        'config-dir': { type: 'string', multiple: true },
        check: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const {
      'config-file': files = [],
      'config-dir': dirs = [],
      check = false,
      version = false,
      help = false,
      ...rest
    } = values as { 'config-file'?: string[]; 'config-dir'?: string[] } & Partial<
      Record<'check' | 'version' | 'help', boolean>
    >;
    return { files, dirs, check, version, help, own: rest as GivenFlags<Flags> };
  } catch (error) {
    return (error as Error).message;
  }
}

function helpOf({
  name,
  summary,
  flags,
  example,
  signals,
}: Omit<Service<Record<string, ServiceFlag>>, 'serve'>): string {
  const line = (flag: string, help: string): string => `  ${flag.padEnd(20)} ${help}\n`;
  const own = Object.entries(flags).map(([flag, told]) =>
    line(told.type === 'string' ? `--${flag} ${told.value}` : `--${flag}`, told.help),
  );
  return `${name}: ${summary}

Usage: ${name} [options]

${line('--config-file FILE', 'read this file; may be given again, later ones win')}${line(
  '',
  '(default: /etc/xavs/instance-ha/instance-ha.conf when it exists)',
)}${line('--config-dir DIR', 'then every *.conf of this folder, sorted')}${line(
  '--check',
  'read the configuration, tell what is wrong, and end',
)}${own.join('')}  --version, --help

Every option can also be set in the environment as OS_<GROUP>__<OPTION>, e.g. ${example}.
${signals}
Exit codes: 0 stopped on request, 1 failed, 64 wrong usage, 78 configuration refused.
`;
}
