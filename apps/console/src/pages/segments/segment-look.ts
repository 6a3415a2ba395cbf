import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleOff,
  IconShieldCheck,
  IconTool,
} from '@tabler/icons-react';
import type { TagLook } from '../../ui/tag.tsx';

export const enabledLook = (enabled: boolean): TagLook =>
  enabled
    ? { color: 'teal', icon: IconCircleCheck, word: 'enabled' }
    : { color: 'gray', icon: IconCircleOff, word: 'disabled' };

export const readinessLook = (recovered: boolean): TagLook =>
  recovered
    ? { color: 'teal', icon: IconCircleCheck, word: 'would be recovered' }
    : { color: 'red', icon: IconAlertTriangle, word: 'would not' };

export const reservedLook: TagLook = { color: 'indigo', icon: IconShieldCheck, word: 'reserved' };
export const maintenanceLook: TagLook = { color: 'orange', icon: IconTool, word: 'on maintenance' };
