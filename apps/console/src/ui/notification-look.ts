import type { NotificationStatus, NotificationType } from '@instance-ha/notification';
import {
  type Icon,
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconCpu,
  IconDeviceDesktop,
  IconEyeOff,
  IconPlayerPlay,
  IconServer,
} from '@tabler/icons-react';
import type { TagLook } from './tag.tsx';

export const statusLook: Readonly<Record<NotificationStatus, TagLook>> = {
  new: { color: 'blue', icon: IconCircleDashed, word: 'new' },
  running: { color: 'indigo', icon: IconPlayerPlay, word: 'running' },
  finished: { color: 'teal', icon: IconCircleCheck, word: 'finished' },
  error: { color: 'orange', icon: IconAlertTriangle, word: 'error' },
  failed: { color: 'red', icon: IconCircleX, word: 'failed' },
  ignored: { color: 'gray', icon: IconEyeOff, word: 'ignored' },
};

export const typeIcon: Readonly<Record<NotificationType, Icon>> = {
  COMPUTE_HOST: IconServer,
  COMPUTE_INSTANCE: IconDeviceDesktop,
  COMPUTE_PROCESS: IconCpu,
};
