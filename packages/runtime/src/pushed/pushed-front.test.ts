import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@instance-ha/config';
import type { ConfigurationSource, Logger, Metrics, WantedConfiguration } from '@instance-ha/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StartedService, startService } from '../service.ts';
import { systemClock } from '../system-clock.ts';
import { beginsAnew } from './pushed-front.ts';

let folder: string;
let file: string;
let kept: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushed-'));
  file = join(folder, 'instance-ha.conf');
  kept = join(folder, 'monitor', 'pushed.json');
  await writeFile(file, `[DEFAULT]\nstate_path = ${folder}\ninstance_check_interval = 20\n`);
});
afterEach(() => rm(folder, { recursive: true }));

const wants = (revision: number, text: string): WantedConfiguration => ({
  revision,
  layers: [{ name: 'instance-ha.conf', text }],
});
const every = (seconds: number, more = '') => `[DEFAULT]\ninstance_check_interval = ${seconds}\n${more}`;

const gauges = new Map<string, number>();
const metrics = {
  gauge: ({ name }: { name: string }) => ({ set: (value: number) => void gauges.set(name, value) }),
} as unknown as Metrics;
const quiet: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => quiet,
};

/**
 * Runs a service to which these revisions are pushed one after the other, or on whose host this is done, and which is stopped
 * after the last report. `serve` may
 * say how a start ends that is not to succeed.
 */
async function play(
  script: readonly (WantedConfiguration | (() => Promise<unknown>))[],
  options: {
    env?: Record<string, string>;
    fails?: (config: Config) => boolean;
    failsLater?: (config: Config) => boolean;
  } = {},
) {
  const left = [...script];
  const stop = new AbortController();
  const deadline = setTimeout(() => stop.abort(), 10_000);
  const told = { starts: [] as string[], reloads: [] as number[], reports: [] as string[], err: '' };
  const source: ConfigurationSource = {
    wanted: async known => {
      const next = left.shift();
      if (next === undefined) stop.abort();
      if (typeof next === 'function') {
        await next();
        return 'unchanged';
      }
      return next === undefined || next.revision === known ? 'unchanged' : next;
    },
    report: async ({ state, wanted, running, error }) => {
      if (state !== 'applying')
        told.reports.push(`${state} ${wanted} running ${running}${error === null ? '' : `: ${error}`}`);
    },
  };
  const serve = async ({ config, signal, follow, reloads }: StartedService<Record<never, never>>) => {
    const { checkIntervalMs, spoolMax } = config.monitor;
    told.starts.push(`every ${checkIntervalMs / 1000} s, spool ${spoolMax}`);
    if (options.fails?.(config)) return 1;
    reloads({ log: quiet, signal })(
      async next => void told.reloads.push(next.monitor.checkIntervalMs / 1000),
    );
    if (options.failsLater?.(config)) {
      // It has started, as it follows; a source that never answers leaves the script alone.
      void follow?.({
        source: { ...source, wanted: () => new Promise(() => {}) },
        metrics,
        clock: systemClock,
        random: () => 0,
        log: quiet,
        signal,
      });
      return 1;
    }
    await follow?.({ source, metrics, clock: systemClock, random: () => 0, log: quiet, signal });
    if (!beginsAnew(signal)) expect(stop.signal.aborted).toBe(true);
    return 0;
  };
  const code = await startService(
    {
      name: 'instance-ha-monitor',
      manifest: new URL('../../package.json', import.meta.url),
      summary: 'watches.',
      flags: {},
      example: '',
      signals: '',
      pushedAs: 'monitor',
      serve,
    },
    {
      argv: ['--config-file', file],
      env: options.env ?? {},
      hostname: 'node1',
      out: () => {},
      err: text => {
        told.err += text;
      },
      untilStopped: () => stop.signal,
    },
  );
  clearTimeout(deadline);
  return { code, ...told };
}

describe('what is pushed to a service', () => {
  it('lies above the file and below the environment, is kept, and counts after a restart', async () => {
    const first = await play([wants(3, every(5))]);
    expect(first).toMatchObject({
      code: 0,
      starts: ['every 20 s, spool 10000'],
      reloads: [5],
      reports: ['applied 0 running 0', 'applied 3 running 3'],
    });
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(gauges.get('vmha_configuration_revision')).toBe(3);
    const again = await play([]);
    expect(again).toMatchObject({ starts: ['every 5 s, spool 10000'], reports: ['applied 3 running 3'] });
    const env = { OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '9' };
    expect((await play([], { env })).starts).toEqual(['every 9 s, spool 10000']);
  });

  it('is refused with the reason where the environment makes it wrong; what ran goes on', async () => {
    const { reports, reloads } = await play([wants(3, every(5))], { env: { OS_MONITOR__PING_TIMEOUT: '6' } });
    expect(reloads).toEqual([]);
    expect(reports[1]).toMatch(/^failed 3 running 0: .*expected ping_timeout \(6 s\)/);
    await expect(stat(kept)).rejects.toThrow('ENOENT');
    expect(gauges.get('vmha_configuration_refused')).toBe(1);
  });

  it('is tried again when the file of the host was put right and the service is told to read it', async () => {
    const old = await readFile(file, 'utf8');
    await writeFile(file, `${old}[monitor]\nping_timeout = 6\n`);
    const putRight = async () => {
      await writeFile(file, old);
      process.emit('SIGHUP');
    };
    const { reports, reloads } = await play([wants(3, every(5)), putRight, wants(3, every(5))]);
    expect(reports[1]).toMatch(/^failed 3 running 0: .*ping_timeout/);
    expect(reports.at(-1)).toBe('applied 3 running 3');
    expect(reloads).toEqual([20, 5]);
  });

  it('lets the service begin anew for what cannot be taken otherwise', async () => {
    const { starts, reloads, reports } = await play([wants(3, every(5, '[monitor]\nspool_max = 500\n'))]);
    expect(starts).toEqual(['every 20 s, spool 10000', 'every 5 s, spool 500']);
    expect(reloads).toEqual([]);
    expect(reports).toEqual(['applied 0 running 0', 'applied 3 running 3']);
  });

  it('is left again when the service does not start with it', async () => {
    const script = [wants(2, every(5)), wants(3, every(6, '[monitor]\nspool_max = 500\n'))];
    const { code, starts, reports } = await play(script, {
      fails: config => config.monitor.spoolMax === 500,
    });
    expect(code).toBe(0);
    expect(starts).toEqual(['every 20 s, spool 10000', 'every 6 s, spool 500', 'every 5 s, spool 10000']);
    expect(reports.at(-1)).toMatch(/^failed 3 running 2: the monitor did not start with it/);
    expect(JSON.parse(await readFile(kept, 'utf8'))).toEqual(script[0]);
  });

  it('does not hide that a service fails by itself once it has started with it', async () => {
    const script = [wants(3, every(5, '[monitor]\nspool_max = 500\n'))];
    const { code, starts } = await play(script, { failsLater: config => config.monitor.spoolMax === 500 });
    expect([code, starts]).toEqual([1, ['every 20 s, spool 10000', 'every 5 s, spool 500']]);
  });

  it('does not hide that a service fails by itself', async () => {
    expect(await play([], { fails: () => true })).toMatchObject({ code: 1, starts: [expect.any(String)] });
  });

  it('is left out, and told, when it cannot be read any more above the files of the host', async () => {
    await play([wants(3, every(5))]);
    const env = { OS_MONITOR__PING_TIMEOUT: '6' };
    const { starts, reports, err } = await play([], { env });
    expect(starts).toEqual(['every 20 s, spool 10000']);
    expect(reports[0]).toMatch(/^failed 3 running 0: .*ping_timeout/);
    expect(err).toContain('the pushed revision 3 is left out');
    expect((await play([])).starts).toEqual(['every 5 s, spool 10000']);
  });

  it.each(['', '{', '[]', '{"revision":"3","layers":[]}', '{"revision":3,"layers":[{"name":1}]}'])(
    'is left out when what was kept is %j',
    async content => {
      await play([wants(3, every(5))]);
      await writeFile(kept, content);
      const { starts, err } = await play([]);
      expect(starts).toEqual(['every 20 s, spool 10000']);
      expect(err).toContain(kept);
    },
  );

  it('goes away again with revision 0', async () => {
    await play([wants(3, every(5))]);
    const { reloads, reports } = await play([{ revision: 0, layers: [] }]);
    expect([reloads, reports.at(-1)]).toEqual([[20], 'applied 0 running 0']);
  });
});
