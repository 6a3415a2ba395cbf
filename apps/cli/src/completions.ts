import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** `instance-ha complete bash|zsh|fish|powershell` prints a script for the shell; the script asks `complete -- …` for words. */
export function offerCompletions(program: Command, argv: string[]): void {
  tab(program);
  program.parse(argv, { from: 'user' });
}
