import { z } from 'zod';
import type { NotificationStatus } from './status.ts';

/**
 * An operator's say over one notification.
 *
 * | ruling    | of one that            | what follows                                                                    |
 * | --------- | ---------------------- | ------------------------------------------------------------------------------- |
 * | `approve` | is held                | it goes on as if it had not been held                                           |
 * | `reject`  | is held                | it ends as `ignored`; nothing was done                                          |
 * | `abort`   | has not ended          | what was begun is brought to a safe end, nothing further is begun, then it ends |
 * | `retry`   | ended, but not `finished`, or waits for its next attempt | it is begun again, and looks first            |
 */
export const rulingKinds = ['approve', 'reject', 'abort', 'retry'] as const;
export const RulingKind = z.enum(rulingKinds);
export type RulingKind = z.infer<typeof RulingKind>;

/** What decides which rulings are possible. `verdict` and `aborting`: ruled so since it was begun, or begun again. */
export type RulingStanding = {
  status: NotificationStatus;
  held: boolean;
  verdict: 'approve' | 'reject' | null;
  aborting: boolean;
};

/** The rulings that make sense now; the first of two that contradict each other leaves no room for the second. */
export function possibleRulings({ status, held, verdict, aborting }: RulingStanding): RulingKind[] {
  switch (status) {
    case 'new':
      return aborting ? [] : ['abort'];
    case 'running':
      if (aborting || verdict === 'reject') return [];
      return held && verdict === null ? ['approve', 'reject', 'abort'] : ['abort'];
    case 'error':
      return aborting ? [] : ['abort', 'retry'];
    case 'failed':
    case 'ignored':
      return ['retry'];
    case 'finished':
      return [];
  }
}
