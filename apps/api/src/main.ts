#!/usr/bin/env node
/**
 * instance-ha-api: notifications, guests, monitors and pause over HTTP.
 *
 * Only this file and the front of all services (`@instance-ha/runtime/service`) touch the process. All else is `run`, which
 * a test starts in-process with its own world and AbortSignal.
 */
import { startService, thisProcess } from '@instance-ha/runtime/service';
import { createTelemetry } from '@instance-ha/telemetry';
import { changeKeys } from './change-keys.ts';
import { issue } from './issue.ts';
import { run } from './run.ts';

process.exitCode = await startService(
  {
    name: 'instance-ha-api',
    manifest: new URL('../package.json', import.meta.url),
    summary: 'takes notifications, keeps them, and tells what was done about them, over HTTP.',
    flags: {
      'issue-token': {
        type: 'string',
        value: 'NAME',
        help: 'make the token admin, reader or monitor-HOST, or another one in its place, tell its file, and end',
      },
      keys: {
        type: 'string',
        value: 'WHAT',
        help: 'add: put a new key into [api] key_file; reseal: seal every host with it; and end',
      },
    },
    example: 'OS_API__PORT=15868',
    signals:
      'SIGHUP reads the configuration again; options that need a restart are named in the log. SIGTERM stops.',
    serve: async ({ config, flags, version, notifySocket, out, reloads, signal }) => {
      const { level, format, file } = config.log;
      const { 'issue-token': name, keys: what } = flags;
      const telemetry = createTelemetry({
        service: 'api',
        level: name === undefined && what === undefined ? level : 'warn',
        format,
        file,
        version,
      });
      if (name !== undefined) return issue({ config, telemetry, signal, name, print: out });
      if (what !== undefined) return changeKeys({ config, telemetry, signal, what, print: out });
      const onReload = reloads({ log: telemetry.log, signal });
      return run({ config, telemetry, signal, version, notifySocket, onReload, environment: process.env });
    },
  },
  thisProcess(),
);
