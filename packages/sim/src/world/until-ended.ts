/** Waits for a loop of ours, closes what it stood on, and tells how it ended: with an error, or undefined. */
export async function untilEnded(
  running: Promise<void>,
  adapter: { close(): Promise<void> },
  onEnd: (error: unknown) => void,
): Promise<void> {
  let failure: unknown;
  try {
    await running;
  } catch (error) {
    failure = error;
  }
  await adapter.close();
  onEnd(failure);
}
