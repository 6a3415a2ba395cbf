import { type CommandResult, plainEnvironment, runCommand, tryCommand } from './run-command.ts';

type VirshOptions = { timeoutMs?: number; signal?: AbortSignal | undefined };

/**
 * `virsh` on one lab host. The lab speaks through libvirt's own client on purpose: it is an independent witness beside the
 * project's own protocol client. Every call is bounded, 30 s unless said otherwise.
 */
export type Virsh = {
  /** Rejects with `command-failed`, and virsh's own words, when virsh does. Resolves to the trimmed output. */
  run: (args: readonly string[], options?: VirshOptions) => Promise<string>;
  /** Resolves whatever virsh's exit code. */
  attempt: (args: readonly string[], options?: VirshOptions) => Promise<CommandResult>;
};

export function virshAt(uri: string): Virsh {
  const full = (args: readonly string[]) => ['--quiet', '--connect', uri, ...args];
  const limits = ({ timeoutMs = 30_000, signal }: VirshOptions = {}) => ({
    timeoutMs,
    env: plainEnvironment,
    ...(signal ? { signal } : {}),
  });
  return {
    run: async (args, options) =>
      (await runCommand('virsh', full(args), limits(options))).stdout.replace(/\n+$/, ''),
    attempt: (args, options) => tryCommand('virsh', full(args), limits(options)),
  };
}
