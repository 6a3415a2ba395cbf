/**
 * An AbortSignal that aborts on the first of these process signals. A second one ends the process at once with
 * 128 + its number's convention (130), for the person whose Ctrl-C seems to do nothing.
 */
export function abortOnSignals(...signals: NodeJS.Signals[]): AbortSignal {
  const controller = new AbortController();
  for (const name of signals) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return controller.signal;
}

/** Calls `reload` on each SIGHUP, one at a time, until `signal` aborts. A hang-up during a reload leads to one more. */
export function onHangup(reload: () => Promise<void>, signal: AbortSignal): void {
  let running: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await reload();
    } while (again && !signal.aborted);
    running = undefined;
  };
  const onSignal = (): void => {
    if (running) again = true;
    else running = run();
  };
  process.on('SIGHUP', onSignal);
  signal.addEventListener('abort', () => process.off('SIGHUP', onSignal), { once: true });
}
