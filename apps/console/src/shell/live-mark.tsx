import { IconAccessPoint, IconAccessPointOff, IconLoader2 } from '@tabler/icons-react';
import { useLiveState } from '../api/live.ts';
import { Tag, type TagLook } from '../ui/tag.tsx';

const looks = {
  connecting: { color: 'gray', icon: IconLoader2, word: 'connecting' },
  live: { color: 'teal', icon: IconAccessPoint, word: 'live' },
  away: { color: 'orange', icon: IconAccessPointOff, word: 'reconnecting' },
} as const satisfies Record<string, TagLook>;

/** Whether what is shown is what is. */
export const LiveMark = () => (
  <span role="status" aria-label="Live updates">
    <Tag look={looks[useLiveState().state]} />
  </span>
);
