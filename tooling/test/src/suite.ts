import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.ts';
import type { Count, StageContext } from './stage.ts';

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numFailedTestSuites: number;
  success: boolean;
};

/** Runs vitest projects and counts by vitest's own report; a run that made no report, or no test, has failed. */
export async function suite(
  context: StageContext,
  projects: readonly string[],
  options: { timeoutMs: number; env?: Record<string, string> },
): Promise<Count> {
  const file = join(context.results, `${projects.join('-')}.json`);
  const argv = [
    'vitest',
    'run',
    ...projects.flatMap(name => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const code = await command(context, argv, options);
  const report = await readFile(file, 'utf8').then(
    text => JSON.parse(text) as Report,
    () => undefined,
  );
  if (!report) {
    context.say(`  FAIL ${projects.join(', ')}: vitest left no report (exit code ${code})`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const count = {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  // A file that failed to load, or an error outside any test, fails the run without failing a test.
  if (code !== 0 && count.failed === 0) count.failed = Math.max(1, report.numFailedTestSuites);
  if (code === 0 && count.passed === 0) {
    context.say(`  FAIL ${projects.join(', ')}: no test ran`);
    count.failed = 1;
  }
  return count;
}
