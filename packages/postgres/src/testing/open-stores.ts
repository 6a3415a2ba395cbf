import type { Stores } from '@instance-ha/ports';
import { connectStores, type StoresOptions } from '../connect-stores.ts';
import { realClock, silentLog } from './surroundings.ts';

/** Stores for one test, closed at the end of its scope. */
export async function openStores(
  options: Pick<StoresOptions, 'connection'> & Partial<StoresOptions>,
): Promise<Stores & AsyncDisposable> {
  const ended = new AbortController();
  const stores = await connectStores({ log: silentLog, clock: realClock, signal: ended.signal, ...options });
  return { ...stores, [Symbol.asyncDispose]: () => stores.close() };
}
