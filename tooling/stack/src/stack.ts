import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '@instance-ha/contracts/client';
import { canHostLab, installPlan } from '@instance-ha/lab';
import { demonstrate, untilHeard } from './demonstration.ts';
import { type Ground, labGround } from './lab-ground.ts';
import type { StackOptions } from './options.ts';
import { type Services, startServices } from './services.ts';
import { simulatedGround } from './simulated-ground.ts';
import { untilTrue } from './until.ts';

export type StackWorld = { root: string; say: (line: string) => void; signal: AbortSignal };

/** Runs the stack until `signal` aborts; then stops what it started, last first. Resolves to the exit code. */
export async function runStack(options: StackOptions, world: StackWorld): Promise<0 | 1> {
  const { say, signal } = world;
  const stops: [string, () => unknown][] = [];
  try {
    const kind = await chooseHost(options, say);
    say('Building …');
    execFileSync('turbo', ['run', 'build', '--output-logs=errors-only', '--ui=stream'], {
      cwd: world.root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    signal.throwIfAborted();

    const folder = stateFolder(options, stops);
    const ground = await openGround(kind, { ...world, folder });
    stops.push([ground.about, () => ground.stop()]);
    say(`Host: ${ground.about}`);

    say('Starting PostgreSQL, API, worker and monitor …');
    const services = startServices({
      root: world.root,
      folder,
      names: ['api', 'worker', 'monitor'],
      env: environment(options, folder, ground),
    });
    stops.push(['API, worker and monitor', () => services.stop()]);
    const api = client(options, folder);
    const ended = services.ended.then(code => {
      throw new Error(`the services ended by themselves with exit code ${code}:\n${tail(services)}`);
    });
    ended.catch(() => {}); // Also when nobody waits any more.
    await Promise.race([ended, ready(api, signal)]);
    say(
      `The API serves on http://127.0.0.1:${options.port} (console: /, description: /docs, metrics: /metrics)`,
    );
    await Promise.race([ended, untilHeard(api, ground, say, signal)]);

    const well = !options.demo || (await Promise.race([ended, demonstrate(api, ground, say, signal)]));
    if (!well)
      throw new Error(`the demonstration did not end as it should; the services said:\n${tail(services)}`);
    tellHow(options, folder, services, say);
    await Promise.race([
      ended,
      new Promise(resolve => signal.addEventListener('abort', resolve, { once: true })),
    ]);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    say(`npm start: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof Error && error.cause instanceof Error) say(`  because: ${error.cause.message}`);
    return 1;
  } finally {
    if (stops.length > 0) say('Stopping everything …');
    for (const [name, stop] of stops.reverse()) {
      await Promise.resolve(stop()).catch((error: unknown) =>
        say(`stopping ${name} failed: ${String(error)}`),
      );
    }
    if (stops.length > 0) say('Stopped; nothing is left behind.');
  }
}

/** What host there will be; the first line says so when it is not the one that was asked for. */
async function chooseHost(options: StackOptions, say: (line: string) => void): Promise<StackOptions['host']> {
  if (options.host !== 'lab') {
    say(
      options.host === 'simulated'
        ? 'SIMULATED HOST: no real guest runs; everything else is real.'
        : `Watching this machine's own libvirtd (${options.act ? 'ACTING' : 'observe mode: acts on nothing'}).`,
    );
    return options.host;
  }
  const possibility = await canHostLab();
  if (!possibility.possible) {
    say(
      `SIMULATED HOST, because a lab host is not possible here: ${possibility.reason}. Everything else is real.`,
    );
    return 'simulated';
  }
  say(
    'Lab host: a private libvirtd with two tiny real QEMU guests; the libvirt of this machine is not touched.',
  );
  const { missing } = await installPlan();
  if (missing.length > 0)
    say(`Will be installed from Debian's packages: ${missing.map(one => one.name).join(', ')}`);
  return 'lab';
}

function stateFolder(options: StackOptions, stops: [string, () => unknown][]): string {
  const kept = options.state ?? (options.host === 'system' ? '/var/lib/instance-ha' : undefined);
  if (kept) {
    mkdirSync(kept, { recursive: true });
    return kept;
  }
  const folder = mkdtempSync(join(tmpdir(), 'iha-'));
  chmodSync(folder, 0o755); // PostgreSQL runs as another user when we are root.
  stops.push(['the state folder', () => rmSync(folder, { recursive: true, force: true })]);
  return folder;
}

function openGround(kind: StackOptions['host'], world: StackWorld & { folder: string }): Promise<Ground> {
  const { root, folder, say, signal } = world;
  switch (kind) {
    case 'lab':
      return labGround({
        folder,
        imageFolder: join(root, 'node_modules/.cache/instance-ha-lab'),
        say,
        signal,
      });
    case 'simulated':
      return simulatedGround({ folder });
    case 'system':
      return Promise.resolve({
        about: "this machine's own libvirtd",
        libvirtUri: 'qemu:///system',
        guests: [],
        crash: undefined,
        stop: async () => {},
      });
  }
}

const tokenFile = (folder: string): string => join(folder, 'tokens', 'admin.token');

/** The configuration of the services; all else is as shipped. */
function environment(options: StackOptions, folder: string, ground: Ground): Record<string, string> {
  const quick =
    options.host === 'system'
      ? {}
      : { OS_DEFAULT__INSTANCE_CHECK_INTERVAL: '2', OS_MONITOR__PING_TIMEOUT: '1' };
  return {
    OS_DEFAULT__STATE_PATH: folder,
    OS_DEFAULT__HOST: hostname().replace(/[^a-zA-Z0-9._-]/g, '-'),
    OS_DEFAULT__MODE: options.act ? 'act' : 'observe',
    OS_API__PORT: String(options.port),
    OS_MONITOR__API_URL: `http://127.0.0.1:${options.port}`,
    OS_MONITOR__METRICS_PORT: '0',
    OS_WORKER__METRICS_PORT: '0',
    OS_LIBVIRT__CONNECTION_URI: ground.libvirtUri,
    ...quick,
  };
}

function client(options: StackOptions, folder: string): ApiClient {
  const token = (): string | undefined => {
    try {
      return readFileSync(tokenFile(folder), 'utf8').trim();
    } catch {
      return undefined; // The API has not made it yet.
    }
  };
  return createApiClient({ baseUrl: `http://127.0.0.1:${options.port}`, token, timeoutMs: 5000 });
}

const ready = (api: ApiClient, signal: AbortSignal): Promise<void> =>
  untilTrue(
    'the API',
    { timeoutMs: 120_000, everyMs: 100, signal },
    async () => (await api.service.readiness({ signal })).status === 200,
  );

function tail(services: Services): string {
  return readFileSync(services.logFile, 'utf8').split('\n').slice(-30).join('\n');
}

function tellHow(
  options: StackOptions,
  folder: string,
  services: Services,
  say: (line: string) => void,
): void {
  say('');
  say('The stack runs until Ctrl-C. In another terminal:');
  const environment = `INSTANCE_HA_API_URL=http://127.0.0.1:${options.port} INSTANCE_HA_TOKEN_FILE=${tokenFile(folder)}`;
  say(`  export ${environment}`);
  say('  node apps/cli/bin.cjs guests list');
  say('  node apps/cli/bin.cjs notifications list');
  if (options.host !== 'system')
    say(`  node apps/cli/bin.cjs lab crash --dir ${join(folder, 'lab')} db qemu-kill`);
  say(`What the services say: ${services.logFile}`);
}
