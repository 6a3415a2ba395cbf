/**
 * npm test: every stage in turn, and at the end one line `N passed, N failed, N skipped`.
 *
 * Exit codes: 0 nothing failed · 1 something failed · 64 wrong usage.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { add, type Count, none, type StageContext } from './stage.ts';
import { stages } from './stages.ts';

const names = stages.map(stage => stage.name);
const help = `npm test [-- --only STAGE[,STAGE]] [--skip STAGE[,STAGE]]

Stages, in this order:
${stages.map(stage => `  ${stage.name.padEnd(10)}${stage.about}`).join('\n')}

The stage "real" is skipped with a plain line where real guests are not possible, and never when CI=true. "openstack" installs
much, and runs when CI=true or when it is named by --only (npm run e2e:openstack); else it says that it is left out.
`;

const chosen = choose();
if (chosen) process.exitCode = await run(chosen.stages, chosen.named);

type Chosen = { stages: typeof stages; named: readonly string[] };

function choose(): Chosen | undefined {
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string' }, skip: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      process.stdout.write(help);
      return undefined;
    }
    const only = values.only?.split(',');
    const skip = values.skip?.split(',') ?? [];
    const unknown = [...(only ?? []), ...skip].filter(name => !names.includes(name));
    if (unknown.length > 0)
      throw new Error(`expected stages among ${names.join(', ')}, found ${unknown.join(', ')}`);
    return {
      stages: stages.filter(stage => (only?.includes(stage.name) ?? true) && !skip.includes(stage.name)),
      named: only ?? [],
    };
  } catch (error) {
    process.stderr.write(`npm test: ${(error as Error).message}\n${help}`);
    process.exitCode = 64;
    return undefined;
  }
}

async function run(chosen: typeof stages, named: readonly string[]): Promise<number> {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  const results = join(root, '.test-results');
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const context: Omit<StageContext, 'named'> = {
    root,
    results,
    ci: process.env.CI === 'true',
    say: line => process.stdout.write(`${line}\n`),
    signal: stop.signal,
  };

  let total: Count = none;
  const summary: string[] = [];
  for (const stage of chosen) {
    if (stop.signal.aborted) break;
    context.say(`\n── ${stage.name}: ${stage.about}`);
    const startMs = performance.now();
    const count = await stage.run({ ...context, named: named.includes(stage.name) });
    total = add(total, count);
    summary.push(
      `  ${stage.name.padEnd(10)}${line(count)} (${((performance.now() - startMs) / 1000).toFixed(0)} s)`,
    );
  }
  if (stop.signal.aborted) {
    context.say('\nstopped before the end');
    total = add(total, { passed: 0, failed: 1, skipped: 0 });
  }
  context.say(`\n${summary.join('\n')}\n\n${line(total)}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

function line({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
