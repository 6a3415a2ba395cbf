import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Config, formatProblem } from '@instance-ha/config';
import { readConfig } from '@instance-ha/config/file';
import { type ApiClient, ApiError, createApiClient } from '@instance-ha/contracts/client';
import { LabError } from '@instance-ha/lab';
import type { Clock } from '@instance-ha/ports';
import { CliError, exitCode } from './exit-code.ts';

/** What a command may touch: given by `main.ts`, or by a test. */
export type CliWorld = {
  env: Record<string, string | undefined>;
  /** Writes to standard output. */
  out: (text: string) => void;
  /** Writes to standard error. */
  err: (text: string) => void;
  isTerminal: boolean;
  widthColumns: number;
  signal: AbortSignal;
  /** All of standard input, up to a bound of its own. Absent: there is none. */
  input?: () => Promise<string>;
  fetch?: typeof globalThis.fetch;
  /** The system's own when absent. */
  clock?: Pick<Clock, 'sleep'>;
};

export type GlobalOptions = {
  apiUrl?: string;
  tokenFile?: string;
  configFile?: string[];
  configDir?: string[];
  json?: boolean;
};

/** What every command stands on: the world, the global options, the configuration, the API. */
export class CliContext {
  readonly world: CliWorld;
  readonly options: GlobalOptions;
  #config: Promise<Config> | undefined;

  constructor(world: CliWorld, options: GlobalOptions) {
    this.world = world;
    this.options = options;
  }

  /** With `--json` the value, else the text. */
  show(value: unknown, text: () => string): void {
    this.world.out(this.options.json ? `${JSON.stringify(value, undefined, 2)}\n` : text());
  }

  config(): Promise<Config> {
    this.#config ??= this.#readConfig();
    return this.#config;
  }

  async #readConfig(): Promise<Config> {
    const { configFile, configDir } = this.options;
    const loaded = await readConfig({
      ...(configFile && { configFiles: configFile }),
      ...(configDir && { configDirs: configDir }),
      env: this.world.env,
      hostname: hostname(),
    });
    if (!loaded.ok) throw new CliError(loaded.errors.map(formatProblem).join('\n'), exitCode.badConfig);
    return loaded.config;
  }

  /** The text of a file, or of standard input for `-`; `option` is what named it, for messages. */
  async readInput(file: string, option: string): Promise<string> {
    if (file !== '-') return readTextFile(file, option);
    if (!this.world.input) throw new CliError(`${option} -: there is no standard input`, exitCode.usage);
    return this.world.input();
  }

  /** The API where the options, the environment or the configuration say it is. */
  async api(): Promise<ApiClient> {
    const { world } = this;
    const baseUrl = await this.apiUrl();
    const token = await this.token();
    return createApiClient({ baseUrl, token, ...(world.fetch && { fetch: world.fetch }) });
  }

  /** Throws with exit code 77 where there is none. */
  async token(): Promise<string> {
    return this.world.env.INSTANCE_HA_TOKEN ?? (await this.#tokenFromFile());
  }

  async apiUrl(): Promise<string> {
    return this.options.apiUrl ?? this.world.env.INSTANCE_HA_API_URL ?? (await this.#configuredUrl());
  }

  async #configuredUrl(): Promise<string> {
    const { api } = await this.config();
    const host = api.listen === '0.0.0.0' || api.listen === '::' ? '127.0.0.1' : api.listen;
    return `http://${host.includes(':') ? `[${host}]` : host}:${api.port}`;
  }

  async #tokenFromFile(): Promise<string> {
    const file =
      this.options.tokenFile ??
      this.world.env.INSTANCE_HA_TOKEN_FILE ??
      join((await this.config()).api.tokensPath, 'admin.token');
    try {
      return (await readFile(file, 'utf8')).trim();
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new CliError(
        `the token file ${file} cannot be read (${why}): name it by --token-file or INSTANCE_HA_TOKEN_FILE, or set INSTANCE_HA_TOKEN`,
        exitCode.notAllowed,
      );
    }
  }
}

/** What a person writes and hands over is short. */
export const maxInputBytes = 1024 * 1024;

async function readTextFile(file: string, option: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxInputBytes)
      throw new CliError(
        `${option}: expected at most ${maxInputBytes} bytes, found ${size} in ${file}`,
        exitCode.usage,
      );
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CliError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CliError(`${option}: ${file} cannot be read (${why})`, exitCode.failed);
  }
}

/** A failure as a sentence and an exit code. */
export function explain(error: unknown): { message: string; code: number } {
  if (error instanceof CliError) return { message: error.message, code: error.code };
  if (ApiError.isInstance(error)) return { message: error.message, code: codeOf(error) };
  if (LabError.isInstance(error))
    return {
      message: error.message,
      code: error.code === 'not-found' ? exitCode.notFound : exitCode.failed,
    };
  return { message: error instanceof Error ? error.message : String(error), code: exitCode.failed };
}

function codeOf(error: ApiError): number {
  if (error.code === 'unauthenticated' || error.code === 'forbidden') return exitCode.notAllowed;
  if (error.code === 'not-found') return exitCode.notFound;
  if (error.status === 400) return exitCode.usage;
  return error.retryable ? exitCode.unavailable : exitCode.failed;
}
