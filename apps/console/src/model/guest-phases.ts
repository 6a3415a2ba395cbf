import { type GuestPhase, GuestPhaseSchema } from '@instance-ha/contracts';

export type { GuestPhase };

/** What a guest may be believed to be, from the contract. */
export const guestPhases: readonly GuestPhase[] = GuestPhaseSchema.options;
