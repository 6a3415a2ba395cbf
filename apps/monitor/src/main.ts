#!/usr/bin/env node
/**
 * instance-ha-monitor: watches the guests of one compute host.
 *
 * Only this file and the front of all services (`@instance-ha/runtime/service`) touch the process. All else is `run`, which
 * a test starts in-process with its own world and AbortSignal.
 */
import { startService, thisProcess } from '@instance-ha/runtime/service';
import { createTelemetry } from '@instance-ha/telemetry';
import { look } from './look.ts';
import { run } from './run.ts';

process.exitCode = await startService(
  {
    name: 'instance-ha-monitor',
    manifest: new URL('../package.json', import.meta.url),
    summary: 'watches the guests of one compute host and files a notification when one fails.',
    flags: {
      once: {
        type: 'boolean',
        help: 'look at every guest once, print what was seen, and end; files nothing',
      },
      json: { type: 'boolean', help: 'with --once: print JSON' },
    },
    example: 'OS_DEFAULT__INSTANCE_CHECK_INTERVAL=10',
    signals:
      'SIGHUP reads the configuration again; options that need a restart are named in the log. SIGTERM stops.',
    pushedAs: 'monitor',
    serve: async ({ config, flags, version, notifySocket, out, reloads, signal, follow }) => {
      const { level, format, file } = config.log;
      const telemetry = createTelemetry({
        service: 'monitor',
        level: flags.once ? 'warn' : level,
        format,
        file,
        version,
      });
      if (flags.once) return look({ config, telemetry, signal, json: flags.json ?? false, print: out });
      const onReload = reloads({ log: telemetry.log, signal });
      const environment = process.env;
      return run({ config, telemetry, signal, version, notifySocket, onReload, follow, environment });
    },
  },
  thisProcess(),
);
