import type { JournalEntry } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import { exactTime, span } from '../../model/times.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { journalOffsetMs, journalWords } from './journal-words.ts';

const columns: readonly Column<JournalEntry>[] = [
  { head: 'After', align: 'right', cell: entry => <After entry={entry} /> },
  { head: 'Fact', cell: ({ event }) => <b>{journalWords(event).what}</b> },
  { head: 'In detail', cell: ({ event }) => <Foreign>{journalWords(event).detail}</Foreign> },
  { head: 'Worker', cell: ({ worker }) => <Foreign>{worker}</Foreign> },
];

/** Every fact of the recovery, in the order in which it was written down. */
export const Journal = ({ entries }: { entries: JournalEntry[] }) =>
  entries.length === 0 ? (
    <Text size="sm" c="dimmed">
      No worker has begun. Is <code>instance-ha-worker</code> running?
    </Text>
  ) : (
    <DataTable
      label="Journal"
      rows={entries}
      keyOf={({ sequence }) => sequence}
      columns={columns}
      minWidth={640}
    />
  );

function After({ entry: { at, event } }: { entry: JournalEntry }) {
  const offsetMs = journalOffsetMs(event);
  return (
    <Text span ff="monospace" size="xs" title={exactTime(at)}>
      {offsetMs === null ? '–' : `+${span(offsetMs)}`}
    </Text>
  );
}
