import { DoesNotApply, type World } from '../world/world.ts';
import { doCommand } from './commands.ts';
import type { ScriptLine } from './script.ts';

/**
 * Plays a script in a world, from now on. `lenient`: what cannot happen as things are is left out, for scripts made by
 * chance; otherwise it is an error of the script. Stops early when the judge has something to say.
 */
export async function play(
  world: World,
  script: readonly ScriptLine[],
  options: { lenient?: boolean } = {},
): Promise<void> {
  const { lenient = false } = options;
  const { clock, judge, transcript } = world;
  const startMs = clock.monotonicMs();
  const faults: unknown[] = [];
  const stop = () => faults.length > 0 || (lenient && judge.violations.length > 0);

  const happen = (command: string): void => {
    try {
      const waited = /^on "([^"]+)" (.+)$/.exec(command);
      if (waited?.[1] !== undefined && waited[2] !== undefined) arm(waited[1], waited[2]);
      else if (command !== 'end') {
        // Told first: what follows from it may be told at once.
        transcript.tell('>', command);
        doCommand(world, command);
      }
    } catch (error) {
      if (!(lenient && error instanceof DoesNotApply))
        faults.push(new Error(`"${command}"`, { cause: error }));
      else transcript.tell('>', `(${command} does not apply: ${error.message})`);
    }
  };
  const arm = (text: string, command: string): void => {
    const disarm = transcript.listen(line => {
      if (!line.includes(text) || line.startsWith('>')) return;
      disarm();
      // Not within the call that is being told.
      queueMicrotask(() => happen(command));
    });
  };

  for (const { atMs, command } of script) {
    const waitMs = startMs + atMs - clock.monotonicMs();
    if (waitMs > 0) await world.pass(waitMs, stop);
    if (stop()) break;
    happen(command);
  }
  if (faults.length > 0) throw faults[0];
}
