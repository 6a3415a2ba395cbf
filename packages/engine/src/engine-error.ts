import type { LeaseLoss } from './metrics.ts';

/** This worker may not go on with a recovery: another one has it, or may have. */
export class LeaseLostError extends Error {
  readonly loss: LeaseLoss;

  constructor(loss: LeaseLoss) {
    super(`the right to this recovery was lost: ${loss}`);
    this.name = 'LeaseLostError';
    this.loss = loss;
  }
}

/** The database did not do what it was asked, or did not say so. */
export class StoreError extends Error {
  constructor(what: string, cause: unknown) {
    super(`the database could not ${what}`, { cause });
    this.name = 'StoreError';
  }
}

/** A call of a store, its failure told from a defect of ours. */
export async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new StoreError(what, error);
  }
}
