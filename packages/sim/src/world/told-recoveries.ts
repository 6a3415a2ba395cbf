import type { Claim, RecoveryStore } from '@instance-ha/ports';
import { parseRecoveryEvents, type RecoveryEvent } from '@instance-ha/recovery';

/** What a worker did in the database, when it was done there. */
export type ToldRecovery =
  | { did: 'claimed'; claim: Claim }
  | { did: 'noted'; claim: Claim; event: RecoveryEvent }
  | { did: 'fenced'; claim: Claim }
  | { did: 'released'; claim: Claim };

/** The same store; what changes in it is told. */
export function recoveriesToldOf(
  recoveries: RecoveryStore,
  tell: (told: ToldRecovery) => void,
): RecoveryStore {
  const note = (claim: Claim, events: readonly unknown[], answer: 'stored' | 'fenced') => {
    if (answer === 'fenced') tell({ did: 'fenced', claim });
    else
      for (const event of parseRecoveryEvents(events.map(one => ({ event: one }))).events)
        tell({ did: 'noted', claim, event });
    return answer;
  };
  return {
    ...recoveries,
    claim: async options => {
      const claims = await recoveries.claim(options);
      for (const claim of claims) tell({ did: 'claimed', claim });
      return claims;
    },
    append: async (claim, events, options) =>
      note(claim, events, await recoveries.append(claim, events, options)),
    end: async (claim, events, end) => note(claim, events, await recoveries.end(claim, events, end)),
    release: async claim => {
      await recoveries.release(claim);
      tell({ did: 'released', claim });
    },
  };
}
