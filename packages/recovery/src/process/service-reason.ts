import { computeProcess } from './context.ts';

const begins = `Instance HA: ${computeProcess} is dead`;

/** What operators read beside a compute service that we disabled, and how we know it again. */
export const disabledBecause = (notificationUuid: string): string =>
  `${begins} (notification ${notificationUuid})`;

/** Whether the recovery of a process disabled it. What somebody else disabled is theirs to enable. */
export const isDisabledByUs = (reason: string | null): boolean => reason?.startsWith(begins) ?? false;
