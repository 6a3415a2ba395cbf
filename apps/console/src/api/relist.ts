import type { QueryClient } from '@tanstack/react-query';
import type { Coalesce } from './coalesce.ts';

export type Live = { client: QueryClient; coalesce: Coalesce };

/** Asks again for what is on the screen under this key; the rest is marked as old. */
export function relist({ client, coalesce }: Live, queryKey: readonly string[]): void {
  coalesce.run(queryKey.join('/'), () => void client.invalidateQueries({ queryKey }));
}
