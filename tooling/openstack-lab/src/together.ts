/** Waits for all, then throws the first failure: nothing goes on behind the back of a caller who was told of one. */
export async function together(...tasks: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(tasks)) if (result.status === 'rejected') throw result.reason;
}
