import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checks, command } from './command.ts';
import { add, type Count, none, type StageContext } from './stage.ts';

/** Folders of the packages that are published. */
export function publishedFolders(root: string): string[] {
  return ['packages', 'apps', 'tooling'].flatMap(place =>
    readdirSync(join(root, place))
      .map(name => join(place, name))
      .filter(folder => existsSync(join(root, folder, 'package.json')))
      .filter(
        folder =>
          !(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { private?: boolean })
            .private,
      ),
  );
}

/** Builds everything, then asks publint and attw about each published package. */
export async function checkPackages(context: StageContext): Promise<Count> {
  const build = await checks(
    context,
    { 'build (turbo)': ['turbo', 'run', 'build', '--output-logs=errors-only'] },
    900_000,
  );
  if (build.failed > 0) return build;
  let count = add(none, build);
  for (const folder of publishedFolders(context.root)) {
    const publint = await command(context, ['publint', '--strict', folder], {
      timeoutMs: 60_000,
      quiet: true,
    });
    const attw = await command(context, ['attw', '--profile', 'esm-only', '--pack', folder], {
      timeoutMs: 120_000,
      quiet: true,
    });
    const failed = Number(publint !== 0) + Number(attw !== 0);
    if (failed > 0) context.say(`  FAIL ${folder}`);
    count = add(count, { passed: 2 - failed, failed, skipped: 0 });
  }
  return count;
}
