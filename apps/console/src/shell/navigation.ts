import {
  type Icon,
  IconArrowsRightLeft,
  IconBellRinging,
  IconClipboardList,
  IconDeviceDesktop,
  IconFileSettings,
  IconGauge,
  IconHeartbeat,
  IconSettingsAutomation,
  IconTopologyStar3,
} from '@tabler/icons-react';

/** The pages, in the order in which an operator needs them. */
export const navigation = [
  { to: '/overview', word: 'Overview', icon: IconGauge },
  { to: '/notifications', word: 'Notifications', icon: IconBellRinging },
  { to: '/vmoves', word: 'VM moves', icon: IconArrowsRightLeft },
  { to: '/guests', word: 'Guests', icon: IconDeviceDesktop },
  { to: '/monitors', word: 'Monitors and workers', icon: IconHeartbeat },
  { to: '/segments', word: 'Segments', icon: IconTopologyStar3 },
  { to: '/configuration', word: 'Advanced Configuration', icon: IconFileSettings },
  { to: '/operations', word: 'Operations', icon: IconSettingsAutomation },
  { to: '/audit', word: 'Audit', icon: IconClipboardList },
] as const satisfies readonly { to: string; word: string; icon: Icon }[];
