import { type Icon, IconBellRinging } from '@tabler/icons-react';

/** The pages in the order in which an operator needs them. */
export const navigation: readonly { to: '/notifications'; word: string; icon: Icon }[] = [
  { to: '/notifications', word: 'Notifications', icon: IconBellRinging },
];
