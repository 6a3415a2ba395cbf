import type { Change } from '@instance-ha/contracts';
import { patchNotifications } from '../pages/notifications/patch-notifications.ts';
import { type Live, relist } from './relist.ts';

/** Brings what the page holds in line with one change: in place where the change says enough, by asking again elsewhere. */
export function applyChange(live: Live, change: Change): void {
  switch (change.kind) {
    case 'notification':
      patchNotifications(live, change);
      return;
    case 'guest':
      relist(live, ['guests']);
      return;
    case 'monitor':
      relist(live, ['monitors']);
      relist(live, ['guests']);
      relist(live, ['services']);
      return;
    case 'worker':
      relist(live, ['services']);
      return;
    case 'configuration':
      relist(live, ['configuration']);
      return;
    case 'operation':
      relist(live, ['operations']);
      relist(live, ['configuration']);
      relist(live, ['services']);
      return;
    case 'action':
      return; // No page shows what is asked of monitors.
    case 'pause':
      relist(live, ['pause']);
      return;
  }
}
