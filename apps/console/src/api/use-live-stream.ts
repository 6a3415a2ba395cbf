import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { followLive } from './live.ts';

/** Follows the live stream as long as the component stands. */
export function useLiveStream(): void {
  const client = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void followLive(client, stop.signal);
    return () => stop.abort();
  }, [client]);
}
