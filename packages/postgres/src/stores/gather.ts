import { PostgresError } from '../postgres-error.ts';

type Waiting<Item, Result> = {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
};

/**
 * Lets calls that come at the same time share one transaction: while one runs, those that come meanwhile wait, and
 * then go together. A call that comes alone does not wait at all.
 *
 * When what several calls asked for together is refused, each is carried out by itself, so that one bad item fails
 * alone. More than `waitingMax` calls are not kept waiting.
 */
export function gather<Item, Result>(
  carryOut: (items: readonly Item[]) => Promise<readonly Result[]>,
  { togetherMax, waitingMax }: { togetherMax: number; waitingMax: number },
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let busy = false;

  const settle = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await carryOut(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      const away = PostgresError.isInstance(error) && error.retryable;
      if (away || batch.length === 1) {
        for (const { reject } of batch) reject(error);
      } else {
        for (const one of batch) await settle([one]);
      }
    }
  };
  const work = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) await settle(waiting.splice(0, togetherMax));
    busy = false;
  };

  return item =>
    new Promise<Result>((resolve, reject) => {
      if (waiting.length >= waitingMax) {
        reject(new PostgresError('unavailable', `${waitingMax} calls wait for the database already`));
        return;
      }
      waiting.push({ item, resolve, reject });
      if (!busy) void work();
    });
}
