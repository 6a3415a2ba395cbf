import { exactTime, localTime } from '../model/times.ts';

/** An instant in the viewer's zone; the exact one on hover. */
export const When = ({ at }: { at: string | null }) =>
  at === null ? (
    <span>–</span>
  ) : (
    <time dateTime={at} title={exactTime(at)} style={{ whiteSpace: 'nowrap' }}>
      {localTime(at)}
    </time>
  );
