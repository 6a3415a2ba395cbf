#!/usr/bin/env node
/**
 * instance-ha-worker: recovers what failed.
 *
 * Only this file and the front of all services (`@instance-ha/runtime/service`) touch the process. All else is `run`, which
 * a test starts in-process with its own world and AbortSignal.
 */
import { startService, thisProcess } from '@instance-ha/runtime/service';
import { createTelemetry } from '@instance-ha/telemetry';
import { run } from './run.ts';

process.exitCode = await startService(
  {
    name: 'instance-ha-worker',
    manifest: new URL('../package.json', import.meta.url),
    summary: 'carries out recoveries; any number of workers may share one database.',
    flags: {},
    example: 'OS_DEFAULT__MODE=observe',
    signals:
      'SIGHUP reads the configuration again; options that need a restart are named in the log. SIGTERM stops: a restart that was\n' +
      'begun is ended, everything else is left to another worker.',
    pushedAs: 'worker',
    serve: async ({ config, version, notifySocket, reloads, signal, follow }) => {
      const { level, format, file } = config.log;
      const telemetry = createTelemetry({ service: 'worker', level, format, file, version });
      const onReload = reloads({ log: telemetry.log, signal });
      return run({
        config,
        telemetry,
        signal,
        version,
        notifySocket,
        onReload,
        follow,
        environment: process.env,
      });
    },
  },
  thisProcess(),
);
