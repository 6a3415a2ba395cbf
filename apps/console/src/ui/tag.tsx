import { Badge, type MantineColor } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';

export type TagLook = { color: MantineColor; icon: Icon; word: string };

/** A state: always a shape and a word, and a colour besides. */
export const Tag = ({ look }: { look: TagLook }) => (
  <Badge
    variant="light"
    color={look.color}
    leftSection={<look.icon size={13} stroke={2.2} aria-hidden />}
    tt="none"
    fw={600}
    radius="sm"
    style={{ flex: 'none', color: 'var(--mantine-color-text)' }}
    miw="max-content"
  >
    {look.word}
  </Badge>
);
