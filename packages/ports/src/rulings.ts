import { possibleRulings, type RulingKind } from '@instance-ha/notification';
import type { Actor } from './audit.ts';
import type { NotificationRecord } from './stores.ts';

/** What somebody ruled about one notification. */
export type Ruling = {
  ruling: RulingKind;
  by: string;
  reason: string | null;
  /** By the database's clock. */
  at: string;
  /** How often the notification had been begun again by a `retry` before: rulings of an earlier round have no say any more. */
  round: number;
};

/** That a notification waits for an operator: in one sentence why, and since when by the database's clock. */
export type Hold = { why: string; since: string };

export type HeldNotification = Hold & Pick<NotificationRecord, 'uuid' | 'type' | 'host' | 'instanceName'>;

/** What there is to know of a notification before ruling about it. */
export type RulingsOf = {
  held: Hold | null;
  /** Every ruling there was, the oldest first; those of all rounds. */
  rulings: Ruling[];
  /** What may be ruled now. */
  possible: RulingKind[];
};

export type RulingAnswer =
  /** `made` is false when just that had been ruled already: `ruling` is then the one that stands. */
  | { ok: true; made: boolean; ruling: Ruling; notification: NotificationRecord }
  | { ok: false; why: 'not-found' }
  /** `standing` is the ruling that contradicts, where that is what is in the way. */
  | {
      ok: false;
      why: 'not-possible';
      notification: NotificationRecord;
      held: Hold | null;
      possible: RulingKind[];
      standing: Ruling | null;
    };

/** So many rulings one notification takes before a further `retry` is refused: each round has three at most. */
export const rulingsMax = 100;

/**
 * What operators ruled. Of two rulings that contradict each other the first stands, whoever asks whom at the same time;
 * the same ruling made twice is one. A ruling is written with its line in the audit and its change in one transaction.
 * `retry` makes the notification claimable at once, and `new` where it had ended; `abort` makes one that nobody works on
 * claimable, so that a worker ends it.
 */
export interface RulingStore {
  rule(notificationUuid: string, ruling: RulingKind, by: Actor): Promise<RulingAnswer>;
  /** Those that wait for an operator, the longest first. */
  held(limit: number): Promise<HeldNotification[]>;
  /** Undefined when there is no such notification. */
  of(notificationUuid: string): Promise<RulingsOf | undefined>;
}

/** The rulings since the notification was begun, or begun again: `verdict` is the approval or rejection. */
export function standingRulings(rulings: readonly Ruling[]): {
  round: number;
  verdict: Ruling | null;
  abort: Ruling | null;
  retry: Ruling | null;
} {
  const round = rulings.filter(({ ruling }) => ruling === 'retry').length;
  const now = rulings.filter(ruling => ruling.round === round);
  const first = (...kinds: RulingKind[]): Ruling | null =>
    now.find(({ ruling }) => kinds.includes(ruling)) ?? null;
  return {
    round,
    verdict: first('approve', 'reject'),
    abort: first('abort'),
    // It opened this round, so that it was made in the one before.
    retry: rulings.findLast(({ ruling }) => ruling === 'retry') ?? null,
  };
}

/** What a store answers before it writes: `standing` when just that was ruled, `possible` when it may be, else what is in the way. */
export function judgeRuling(
  { ruling, status, held }: { ruling: RulingKind; status: NotificationRecord['status']; held: boolean },
  rulings: readonly Ruling[],
):
  | { may: 'write'; round: number }
  | { may: 'stand'; ruling: Ruling }
  | { may: 'refuse'; standing: Ruling | null } {
  const { round, verdict, abort, retry } = standingRulings(rulings);
  const same = [verdict, abort, status === 'new' ? retry : null].find(known => known?.ruling === ruling);
  if (same) return { may: 'stand', ruling: same };
  const possible = possibleNow({ status, held }, rulings);
  if (possible.includes(ruling)) return { may: 'write', round };
  return { may: 'refuse', standing: ruling === 'retry' ? null : (verdict ?? abort) };
}

export function possibleNow(
  { status, held }: { status: NotificationRecord['status']; held: boolean },
  rulings: readonly Ruling[],
): RulingKind[] {
  const { verdict, abort } = standingRulings(rulings);
  const said = verdict?.ruling === 'approve' || verdict?.ruling === 'reject' ? verdict.ruling : null;
  const possible = possibleRulings({ status, held, verdict: said, aborting: abort !== null });
  return rulings.length < rulingsMax ? possible : possible.filter(ruling => ruling !== 'retry');
}
