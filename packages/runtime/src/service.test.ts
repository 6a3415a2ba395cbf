import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import type { Logger } from '@instance-ha/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Service, type StartedService, startService } from './service.ts';

const flags = {
  once: { type: 'boolean', help: 'do it once' },
  'issue-token': { type: 'string', value: 'NAME', help: 'make a token' },
} as const;
type Started = StartedService<typeof flags>;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-'));
  file = join(folder, 'instance-ha.conf');
  await writeFile(file, '[DEFAULT]\nhost = node1\n');
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts it with these arguments; what it said, and how it ended. */
async function started(argv: string[], serve: Service<typeof flags>['serve'] = async () => 0, env = {}) {
  const said = { out: '', err: '' };
  const code = await startService(
    {
      name: 'instance-ha-thing',
      manifest: new URL('../package.json', import.meta.url),
      summary: 'does a thing.',
      flags,
      example: 'OS_API__PORT=1',
      signals: 'SIGTERM stops.',
      serve,
    },
    {
      argv,
      env,
      hostname: 'this-machine',
      out: text => {
        said.out += text;
      },
      err: text => {
        said.err += text;
      },
      untilStopped: () => new AbortController().signal,
    },
  );
  return { code, ...said };
}

describe('the front of a service', () => {
  it('tells its help, own flags among the others, and its exit codes', async () => {
    const { code, out, err } = await started(['--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`instance-ha-thing: does a thing.

Usage: instance-ha-thing [options]

  --config-file FILE   read this file; may be given again, later ones win
                       (default: /etc/xavs/instance-ha/instance-ha.conf when it exists)
  --config-dir DIR     then every *.conf of this folder, sorted
  --check              read the configuration, tell what is wrong, and end
  --once               do it once
  --issue-token NAME   make a token
  --version, --help

Every option can also be set in the environment as OS_<GROUP>__<OPTION>, e.g. OS_API__PORT=1.
SIGTERM stops.
Exit codes: 0 stopped on request, 1 failed, 64 wrong usage, 78 configuration refused.
`);
  });

  it.each([['--hlep'], ['stray'], ['--once=3'], ['--issue-token']])('refuses %s with 64', async argument => {
    const serve = vi.fn(async () => 0);
    const { code, err } = await started([argument], serve);
    expect(code).toBe(64);
    expect(err).toMatch(/^instance-ha-thing: .+\nTry --help\.\n$/s);
    expect(serve).not.toHaveBeenCalled();
  });

  it('tells its version', async () => {
    expect(await started(['--version'])).toEqual({ code: 0, out: '0.0.0\n', err: '' });
  });

  it('checks a configuration and ends, 0 or 78, and tells every problem by its place', async () => {
    const good = await started(['--config-file', file, '--check']);
    expect(good).toEqual({ code: 0, out: 'the configuration is sound\n', err: '' });
    await writeFile(file, '[DEFAULT]\ninstance_check_interval = soon\nhots = node1\n');
    const serve = vi.fn(async () => 0);
    for (const more of [['--check'], []]) {
      const bad = await started(['--config-file', file, ...more], serve);
      expect([bad.code, bad.out]).toEqual([78, '']);
      expect(bad.err).toContain(`${file}:2`);
      expect(bad.err).toContain(`${file}:3`);
    }
    expect(serve).not.toHaveBeenCalled();
  });

  it('hands on configuration, own flags, version and socket, and ends with the code it is given', async () => {
    const env = { OS_API__PORT: '4711', NOTIFY_SOCKET: '/run/notify' };
    let seen: Started | undefined;
    const { code } = await started(
      ['--config-file', file, '--once', '--issue-token', 'admin'],
      async service => {
        seen = service;
        return 1;
      },
      env,
    );
    expect(code).toBe(1);
    expect(seen).toMatchObject({ version: '0.0.0', notifySocket: '/run/notify' });
    expect(seen?.flags).toEqual({ once: true, 'issue-token': 'admin' });
    expect([seen?.config.general.host, seen?.config.api.port]).toEqual(['node1', 4711]);
  });
});

describe('a hang-up', () => {
  it('hands on what the file says now; a refused one is told, and the old one stays', async () => {
    const stopped = new AbortController();
    const lines: [object, string][] = [];
    const log = { error: (...line: [object, string]) => void lines.push(line) } as unknown as Logger;
    const hosts: string[] = [];
    await started(['--config-file', file], async ({ reloads }) => {
      reloads({ log, signal: stopped.signal })(
        async (config: Config) => void hosts.push(config.general.host),
      );
      await writeFile(file, '[DEFAULT]\nhost = node2\n');
      process.emit('SIGHUP');
      await vi.waitFor(() => expect(hosts).toEqual(['node2']));
      await writeFile(file, '[DEFAULT]\nhots = node3\n');
      process.emit('SIGHUP');
      await vi.waitFor(() => expect(lines).toHaveLength(1));
      stopped.abort();
      return 0;
    });
    expect(hosts).toEqual(['node2']);
    expect(lines[0]).toEqual([
      { problem: expect.stringContaining(`${file}:2`) },
      'the new configuration is refused, the old one stays',
    ]);
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
});
