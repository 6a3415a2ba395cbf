/** One line of a script: what happens, and when, in milliseconds since the story began. */
export type ScriptLine = { atMs: number; command: string };

/**
 * Reads a script: `SECONDS COMMAND` on each line, times ascending, the last line `SECONDS end`. Empty lines and what follows
 * `#` are for people. `SECONDS on "TEXT" COMMAND` waits for the next line of the transcript that holds the text, and lets
 * the command happen in that very moment.
 */
export function readScript(text: string): ScriptLine[] {
  const lines: ScriptLine[] = [];
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.replace(/#(?!\d).*$/, '').trim();
    if (line === '') continue;
    const [, seconds, command] = /^(\d+(?:\.\d+)?)\s+(.+)$/.exec(line) ?? [];
    if (seconds === undefined || command === undefined)
      throw new RangeError(`line ${index + 1}: expected "SECONDS COMMAND", found "${line}"`);
    const atMs = Math.round(Number(seconds) * 1000);
    if (atMs < (lines.at(-1)?.atMs ?? 0))
      throw new RangeError(`line ${index + 1}: ${seconds} s is before the line above it`);
    lines.push({ atMs, command: command.replaceAll(/\s+/g, ' ') });
  }
  if (lines.at(-1)?.command !== 'end') throw new RangeError('the last line must be "SECONDS end"');
  return lines;
}
