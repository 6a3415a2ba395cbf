import type { GuestPhase } from '@instance-ha/contracts';
import {
  IconAlertTriangle,
  IconCircleDashed,
  IconCircleX,
  IconEyeOff,
  IconHandStop,
  IconHeartbeat,
  IconPlayerPause,
  IconPower,
  IconQuestionMark,
  IconSearch,
} from '@tabler/icons-react';
import type { TagLook } from './tag.tsx';

export const guestLook: Readonly<Record<GuestPhase, TagLook & { means: string }>> = {
  alive: { color: 'teal', icon: IconHeartbeat, word: 'alive', means: 'answered when last asked' },
  suspect: {
    color: 'yellow',
    icon: IconAlertTriangle,
    word: 'suspect',
    means: 'answered before, and missed since',
  },
  confirming: {
    color: 'yellow',
    icon: IconSearch,
    word: 'confirming',
    means: 'a sign of failure is looked into',
  },
  held: { color: 'orange', icon: IconHandStop, word: 'held', means: 'silent together with its neighbours' },
  failed: {
    color: 'red',
    icon: IconCircleX,
    word: 'failed',
    means: 'a notification was filed, not heard since',
  },
  unproven: {
    color: 'blue',
    icon: IconCircleDashed,
    word: 'unproven',
    means: 'has not answered since it started: its crash is seen, its silence is not',
  },
  unmonitored: {
    color: 'gray',
    icon: IconEyeOff,
    word: 'unmonitored',
    means: 'has no agent channel: its crash is seen, its silence is not',
  },
  unknown: { color: 'gray', icon: IconQuestionMark, word: 'unknown', means: 'just found, not yet looked at' },
  suspended: {
    color: 'gray',
    icon: IconPlayerPause,
    word: 'suspended',
    means: "paused or moved by somebody's wish",
  },
  stopped: { color: 'gray', icon: IconPower, word: 'stopped', means: "off by somebody's wish" },
};
