/**
 * The first step of `npm start`, `npm test` and their like on a machine that has nothing but Node and npm: brings the pinned
 * package manager, installs what the lockfile names (the pinned Node among it), and hands over to the real program.
 *
 * Plain JavaScript without dependencies: it runs on whatever Node there is, from version 20.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const oldestNode = 20;
const pnpm = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
const programs = {
  setup: undefined,
  start: ['tooling/stack/src/main.ts'],
  test: ['tooling/test/src/main.ts'],
  bench: ['tooling/bench/src/main.ts'],
  lab: ['apps/cli/src/main.ts', 'lab'],
  'e2e:openstack': ['tooling/test/src/main.ts', '--only', 'openstack'],
  'lab:openstack': ['tooling/openstack-lab/src/main.ts'],
};

const [command = '', ...rest] = process.argv.slice(2);
if (!(command in programs))
  fail(`expected one of ${Object.keys(programs).join(', ')}, found "${command}"`, 64);
if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  fail(
    `Instance HA needs Node.js ${oldestNode} or newer to begin with (this is v${process.versions.node})`,
    78,
  );
}

install();
const program = programs[command];
if (program) run(program[0], [...program.slice(1), ...rest]);

/** Installs when the lockfile is not the one that was last installed. */
function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.instance-ha-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  process.stderr.write(`Setting up: installing the packages of pnpm-lock.yaml with ${pnpm} …\n`);
  const done = spawnSync('npx', ['-y', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: 'true' },
    encoding: 'utf8',
  });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}`);
    fail(
      `the installation failed (${done.error?.message ?? `exit code ${done.status}`}); what it said stands above`,
      1,
    );
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

/** Runs a program of the repository on the pinned Node, with the same signals and exit code. */
function run(file, args) {
  const bin = join(root, 'node_modules', '.bin');
  const node = existsSync(join(bin, 'node')) ? join(bin, 'node') : process.execPath;
  const child = spawn(
    node,
    ['--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning', join(root, file), ...args],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, TURBO_TELEMETRY_DISABLED: '1' },
    },
  );
  // Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  child.on('error', error => fail(error.message, 1));
}

function fail(message, code) {
  process.stderr.write(`instance-ha: ${message}\n`);
  process.exit(code);
}
