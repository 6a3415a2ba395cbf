import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { command } from './command.ts';
import { publishedFolders } from './packages.ts';
import { startRegistry } from './registry.ts';
import type { Count, StageContext } from './stage.ts';

type Manifest = {
  name: string;
  version: string;
  exports: Record<string, unknown>;
  bin?: Record<string, string>;
};

/**
 * What another team does: a copy of this repository is versioned by its changesets, built and published to a registry
 * on loopback; a folder elsewhere installs every package with plain npm, imports every door and type-checks against it.
 */
export async function publishAndConsume(context: StageContext): Promise<Count> {
  const work = mkdtempSync(join(tmpdir(), 'instance-ha-publish-'));
  const registry = await startRegistry();
  const count = { passed: 0, failed: 0, skipped: 0 };
  try {
    const copy = join(work, 'repository');
    copyRepository(context.root, copy);
    const npmrc = join(work, 'npmrc');
    writeFileSync(
      npmrc,
      `@instance-ha:registry=${registry.url}\n//${new URL(registry.url).host}/:_authToken=loopback\n`,
    );
    const env = { npm_config_userconfig: npmrc, NPM_CONFIG_USERCONFIG: npmrc };
    const inCopy = { ...context, root: copy };
    const consumer = join(work, 'consumer');

    const pnpm = ['pnpm', 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'];
    const steps: [string, () => Promise<number>][] = [
      ['a copy of the repository installs', () => command(inCopy, pnpm, { timeoutMs: 300_000, quiet: true })],
      [
        'changesets give versions',
        () => command(inCopy, ['changeset', 'version'], { timeoutMs: 120_000, quiet: true }),
      ],
      [
        'the versioned repository builds',
        () =>
          command(inCopy, ['turbo', 'run', 'build', '--output-logs=errors-only'], {
            timeoutMs: 900_000,
            quiet: true,
          }),
      ],
      [
        'changesets publish',
        () =>
          command(inCopy, ['changeset', 'publish', '--no-git-tag'], { timeoutMs: 600_000, quiet: true, env }),
      ],
      ['every published package is there', async () => missing(context, copy, registry.names())],
      ['plain npm installs them elsewhere', () => install(context, copy, consumer, registry.url)],
      [
        'every door imports on Node',
        () =>
          command({ ...context, root: consumer }, ['node', 'import.mjs'], {
            timeoutMs: 120_000,
            quiet: true,
          }),
      ],
      [
        'a consumer type-checks',
        () =>
          command({ ...context, root: consumer }, [join(context.root, 'node_modules/.bin/tsc'), '-p', '.'], {
            timeoutMs: 120_000,
            quiet: true,
          }),
      ],
      ['the installed binaries run', () => binaries(context, copy, consumer)],
    ];
    for (const [name, step] of steps) {
      const startMs = performance.now();
      const code = await step();
      context.say(
        `  ${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`,
      );
      if (code === 0) count.passed += 1;
      else {
        count.failed += 1;
        break; // What follows stands on it.
      }
    }
    return count;
  } finally {
    await registry.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** What git knows or would take. */
function copyRepository(root: string, copy: string): void {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter(Boolean);
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file), { verbatimSymlinks: true, force: true });
  }
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: copy });
  execFileSync('git', ['add', '-A'], { cwd: copy });
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '-qm', 'copy'], {
    cwd: copy,
  });
}

const manifests = (copy: string): Manifest[] =>
  publishedFolders(copy).map(
    folder => JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8')) as Manifest,
  );

function missing(context: StageContext, copy: string, names: string[]): number {
  const absent = manifests(copy).filter(manifest => !names.includes(manifest.name));
  if (absent.length > 0) context.say(`  not published: ${absent.map(manifest => manifest.name).join(', ')}`);
  return absent.length === 0 ? 0 : 1;
}

/** Doors that only make sense inside a test runner are type-checked but not imported. */
const isTestDoor = (door: string): boolean => /conformance|testing/.test(door);

async function install(
  context: StageContext,
  copy: string,
  consumer: string,
  registry: string,
): Promise<number> {
  mkdirSync(consumer);
  const all = manifests(copy);
  const doors = all.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter(door => door !== './package.json')
      .map(door => name + door.slice(1)),
  );
  const dependencies = Object.fromEntries(all.map(({ name, version }) => [name, version]));
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }),
  );
  writeFileSync(join(consumer, '.npmrc'), `@instance-ha:registry=${registry}\n`);
  writeFileSync(
    join(consumer, 'import.mjs'),
    doors
      .filter(door => !isTestDoor(door))
      .map(door => `await import('${door}');\n`)
      .join(''),
  );
  writeFileSync(
    join(consumer, 'types.ts'),
    doors
      .filter(door => !isTestDoor(door))
      .map(
        (door, index) =>
          `import * as door${index} from '${door}';\nexport const use${index}: object = door${index};\n`,
      )
      .join(''),
  );
  const compilerOptions = {
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2023',
    types: [],
  };
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['types.ts'] }));
  return command(
    { ...context, root: consumer },
    ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'],
    { timeoutMs: 600_000, quiet: true },
  );
}

async function binaries(context: StageContext, copy: string, consumer: string): Promise<number> {
  for (const { bin } of manifests(copy)) {
    for (const name of Object.keys(bin ?? {})) {
      const code = await command(
        { ...context, root: consumer },
        [join(consumer, 'node_modules/.bin', name), '--version'],
        { timeoutMs: 60_000, quiet: true },
      );
      if (code !== 0) return code;
    }
  }
  return 0;
}
