import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeOptions } from '../guide/describe-options.ts';
import type { Config } from '../layout.ts';
import type { ConfigLayer } from '../load/layer.ts';
import { type Loaded, type LoadResult, loadConfig, type Refused } from '../load/load-config.ts';
import type { ConfigProblem, TextLayerKind } from '../load/problem.ts';
import { type PushedLayer, pushedLayer } from '../pushed/pushed-layer.ts';
import { errorCode, readText } from './read-text.ts';

export type ReadConfigOptions = {
  /** `--config-file`, in order. A file that is named must exist. Without any, `defaultFile` is read if it exists. */
  readonly configFiles?: readonly string[];
  /** `--config-dir`, in order: their `*.conf` files, by name. A folder that is named must exist. */
  readonly configDirs?: readonly string[];
  /** `process.env`; only variables like `OS_MONITOR__PING_TIMEOUT` are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `os.hostname()`, the default of `[DEFAULT] host`. */
  readonly hostname: string;
  readonly defaultFile?: string;
  /** What was pushed, in order, read above the files and below the environment. */
  readonly pushed?: readonly PushedLayer[];
};

/** The result of `loadConfig`, and the files that were read, in order of precedence. */
export type ReadConfigResult = (Loaded<Config> | Refused) & { readonly files: readonly string[] };

/** Files of one overlay folder that are read at most. */
const maxOverlayFiles = 1000;

/**
 * Reads the configuration from disk. Resolves, and does not reject, for whatever the disk holds: a file that cannot
 * be read is one more error beside those of the others.
 */
export async function readConfig(options: ReadConfigOptions): Promise<ReadConfigResult> {
  const {
    configFiles = [],
    configDirs = [],
    defaultFile = '/etc/xavs/instance-ha/instance-ha.conf',
  } = options;
  const reader = new LayerReader();
  if (configFiles.length === 0) await reader.read(defaultFile, 'file', { mayMiss: true });
  for (const file of configFiles) await reader.read(file, 'file');
  for (const folder of configDirs) await reader.readFolder(folder);

  const layers: ConfigLayer[] = [...reader.layers, { kind: 'environment', variables: options.env }];
  layers.push(...(options.pushed ?? []).map(pushedLayer));
  const loaded = loadConfig({ layers, hostname: options.hostname });
  return { ...withProblems(loaded, reader), files: [...reader.modes.keys()] };
}

class LayerReader {
  readonly layers: ConfigLayer[] = [];
  readonly modes = new Map<string, number>();
  readonly errors: ConfigProblem[] = [];

  async read(file: string, kind: TextLayerKind, options: { mayMiss?: boolean } = {}): Promise<void> {
    const read = await readText(file, kind);
    if (!read.ok) {
      if (!(read.missing && options.mayMiss)) this.errors.push(read.problem);
      return;
    }
    this.layers.push({ kind, file, text: read.text });
    this.modes.set(file, read.mode);
  }

  async readFolder(folder: string): Promise<void> {
    const at = { layer: 'overlay', file: folder } as const;
    try {
      const names = (await readdir(folder))
        .filter(name => name.endsWith('.conf') && !name.startsWith('.'))
        .sort();
      for (const name of names.slice(0, maxOverlayFiles)) await this.read(join(folder, name), 'overlay');
      if (names.length > maxOverlayFiles) {
        const message = `expected at most ${maxOverlayFiles} *.conf files, found ${names.length}`;
        this.errors.push({ code: 'too-large', at, message });
      }
    } catch (error) {
      const code = errorCode(error);
      this.errors.push(
        code === 'ENOENT'
          ? { code: 'file-missing', at, message: 'expected a folder, found none' }
          : {
              code: 'file-unreadable',
              at,
              message: `expected a folder that can be read: ${code ?? 'unknown error'}`,
            },
      );
    }
  }
}

function withProblems(loaded: LoadResult, reader: LayerReader): LoadResult {
  const errors = [...reader.errors, ...(loaded.ok ? [] : loaded.errors)];
  const warnings = [...loaded.warnings, ...(loaded.ok ? readableSecrets(loaded, reader) : [])];
  return loaded.ok && errors.length === 0 ? { ...loaded, warnings } : { ok: false, errors, warnings };
}

function readableSecrets(loaded: Loaded<Config>, reader: LayerReader): ConfigProblem[] {
  return describeOptions().flatMap(({ key, group, name, secret }) => {
    const at = loaded.provenance[key];
    if (!secret || at === undefined || !('file' in at)) return [];
    const readable = ((reader.modes.get(at.file) ?? 0) & 0o004) !== 0;
    const message = 'is a secret in a file that every user can read; use mode 0640';
    return readable ? [{ code: 'secret-readable', at, option: { group, name }, message } as const] : [];
  });
}
