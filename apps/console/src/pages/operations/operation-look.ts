import type { OperationRow, OperationSummary } from '@instance-ha/contracts';
import {
  IconArrowBackUp,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconPlayerPlay,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import type { TagLook } from '../../ui/tag.tsx';

export const operationLook: Readonly<Record<OperationSummary['state'], TagLook>> = {
  running: { color: 'indigo', icon: IconPlayerPlay, word: 'running' },
  finished: { color: 'teal', icon: IconCircleCheck, word: 'finished' },
  failed: { color: 'red', icon: IconCircleX, word: 'failed' },
  'rolled-back': { color: 'orange', icon: IconArrowBackUp, word: 'rolled back' },
  cancelled: { color: 'gray', icon: IconBan, word: 'cancelled' },
};

export const rowLook: Readonly<Record<OperationRow['state'], TagLook>> = {
  pending: { color: 'gray', icon: IconCircleDashed, word: 'pending' },
  applying: { color: 'indigo', icon: IconPlayerPlay, word: 'applying' },
  applied: { color: 'teal', icon: IconCircleCheck, word: 'applied' },
  failed: { color: 'red', icon: IconCircleX, word: 'failed' },
  'not-answering': { color: 'orange', icon: IconPlugConnectedX, word: 'not answering' },
  skipped: { color: 'gray', icon: IconBan, word: 'skipped' },
  'rolling-back': { color: 'orange', icon: IconArrowBackUp, word: 'rolling back' },
  'rolled-back': { color: 'orange', icon: IconArrowBackUp, word: 'rolled back' },
};
