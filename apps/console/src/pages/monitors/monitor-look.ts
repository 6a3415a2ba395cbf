import type { MonitorRecord } from '@instance-ha/contracts';
import { IconCircleCheck, IconEyeOff, IconLoader2, IconPlugConnectedX } from '@tabler/icons-react';
import type { TagLook } from '../../ui/tag.tsx';

/** A monitor that cannot look says so; one that is not heard can say nothing. */
export function monitorLook({ silent, state }: Pick<MonitorRecord, 'silent' | 'state'>): TagLook {
  if (silent) return { color: 'red', icon: IconPlugConnectedX, word: 'not heard' };
  switch (state) {
    case 'watching':
      return { color: 'teal', icon: IconCircleCheck, word: 'watching' };
    case 'blind':
      return { color: 'orange', icon: IconEyeOff, word: 'blind' };
    case 'starting':
      return { color: 'gray', icon: IconLoader2, word: 'starting' };
  }
}
