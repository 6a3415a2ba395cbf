import type { Vmove } from '@instance-ha/contracts';

export type MoveProgress = {
  total: number;
  succeeded: number;
  failed: number;
  ignored: number;
  open: number;
};

/** How far a host's recovery is: what is neither done nor given up is open. */
export function moveProgress(moves: readonly Pick<Vmove, 'status'>[]): MoveProgress {
  const count = (...statuses: Vmove['status'][]): number =>
    moves.filter(({ status }) => statuses.includes(status)).length;
  return {
    total: moves.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    ignored: count('ignored'),
    open: count('pending', 'ongoing'),
  };
}

/** A share of the whole in per cent; 0 of nothing. */
export const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);
