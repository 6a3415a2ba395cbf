import type { CliWorld } from '../src/context.ts';
import { runCli } from '../src/run.ts';

export type Ended = { code: number; out: string; err: string };
export type RunOptions = {
  env?: Record<string, string | undefined>;
  fetch?: typeof globalThis.fetch;
  /** All of standard input. */
  input?: string;
  clock?: CliWorld['clock'];
  signal?: AbortSignal;
  /** Told of each piece of output. */
  onOut?: (text: string) => void;
};

/** Runs the command line without a process; `fetch` answers for the API. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  let out = '';
  let err = '';
  const { input } = options;
  const code = await runCli(argv, {
    env: { INSTANCE_HA_TOKEN: 'secret-token', ...options.env },
    out: text => {
      out += text;
      options.onOut?.(text);
    },
    err: text => {
      err += text;
    },
    isTerminal: false,
    widthColumns: 120,
    signal: options.signal ?? new AbortController().signal,
    ...(options.clock && { clock: options.clock }),
    ...(input === undefined ? {} : { input: async () => input }),
    ...(options.fetch && { fetch: options.fetch }),
  });
  return { code, out, err };
}
