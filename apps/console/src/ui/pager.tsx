import { Button, Group, Text } from '@mantine/core';
import { IconChevronRight, IconChevronsLeft } from '@tabler/icons-react';

type Props = {
  cursor: string | undefined;
  nextCursor: string | null | undefined;
  onTurn: (cursor: string | undefined) => void;
  /** What the first page holds, and what the way onwards leads to. */
  first?: string;
  further?: string;
};

/** Turns the pages of a list; absent where there is one page. The browser's own "back" turns back. */
export function Pager({ cursor, nextCursor, onTurn, first = 'Newest', further = 'Older' }: Props) {
  if (cursor === undefined && nextCursor == null) return null;
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        {cursor === undefined ? 'First page' : 'A later page'}
      </Text>
      <Group gap="xs">
        <Button
          variant="default"
          size="xs"
          leftSection={<IconChevronsLeft size={14} aria-hidden />}
          disabled={cursor === undefined}
          onClick={() => onTurn(undefined)}
        >
          {first}
        </Button>
        <Button
          variant="default"
          size="xs"
          rightSection={<IconChevronRight size={14} aria-hidden />}
          disabled={nextCursor == null}
          onClick={() => onTurn(nextCursor ?? undefined)}
        >
          {further}
        </Button>
      </Group>
    </Group>
  );
}
