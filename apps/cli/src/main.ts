#!/usr/bin/env node
/**
 * instance-ha: the command line. Only this file touches the process; see `exit-code.ts` for how it ends.
 */
import { abortOnSignals } from '@instance-ha/runtime';
import { offerCompletions } from './completions.ts';
import { maxInputBytes } from './context.ts';
import { buildProgram, runCli } from './run.ts';

const world = {
  env: process.env,
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY,
  widthColumns: process.stdout.columns ?? 120,
  signal: abortOnSignals('SIGINT', 'SIGTERM'),
  input: readStandardInput,
};
process.stdout.on('error', () => process.exit(0)); // The reader of the pipe has gone.

const argv = process.argv.slice(2);
if (argv[0] === 'complete') offerCompletions(buildProgram(world), argv);
else process.exitCode = await runCli(argv, world);

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxInputBytes) throw new Error(`standard input holds more than ${maxInputBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
