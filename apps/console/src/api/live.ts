import type { Change } from '@instance-ha/contracts';
import { ApiError } from '@instance-ha/contracts/client';
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { applyChange } from './apply-change.ts';
import { api } from './client.ts';
import { Coalesce } from './coalesce.ts';
import { sessionKey } from './session.ts';

/** How the page hears of changes. `away` since an instant: it tries to reach the service again. */
export type LiveState = { state: 'connecting' } | { state: 'live' } | { state: 'away'; sinceMs: number };

let current: LiveState = { state: 'connecting' };
const watchers = new Set<() => void>();

function become(next: LiveState): void {
  if (current.state === next.state) return;
  current = next;
  for (const watcher of watchers) watcher();
}

const watch = (watcher: () => void): (() => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export const useLiveState = (): LiveState => useSyncExternalStore(watch, () => current);

/** A list is looked at again this often at most. */
const relistEveryMs = 1000;

/**
 * Follows every change until `signal` aborts. Each new connection goes on after the last change seen, so nothing is left
 * out over a restart of the service; whatever was read before the first one stood is read again.
 */
export async function followLive(client: QueryClient, signal: AbortSignal): Promise<void> {
  const coalesce = new Coalesce(relistEveryMs);
  let hasPosition = false;
  try {
    for await (const event of api.follow({ signal })) {
      switch (event.type) {
        case 'ready':
          if (!hasPosition) void client.invalidateQueries({ predicate: isNotSession });
          hasPosition = true;
          become({ state: 'live' });
          break;
        case 'change':
          applyChange({ client, coalesce }, event.change satisfies Change);
          break;
        case 'lost':
          void client.invalidateQueries({ predicate: isNotSession });
          break;
        case 'disconnected':
          become({ state: 'away', sinceMs: Date.now() });
          break;
      }
    }
  } catch (error) {
    // The session is over, or may no longer look: the page asks who we are.
    if (ApiError.isInstance(error)) void client.invalidateQueries({ queryKey: sessionKey });
    else if (!signal.aborted) throw error;
  } finally {
    become({ state: 'connecting' });
  }
}

const isNotSession = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
  queryKey[0] !== sessionKey[0];
