import type { AuditEvent } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { Tag, type TagLook } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';

const looks: Readonly<Record<AuditEvent['outcome'], TagLook>> = {
  success: { color: 'teal', icon: IconCircleCheck, word: 'done' },
  failure: { color: 'red', icon: IconCircleX, word: 'refused' },
};

const columns: readonly Column<AuditEvent>[] = [
  { head: 'When', cell: ({ at }) => <When at={at} /> },
  { head: 'Who', maxWidth: 200, cell: ({ initiator }) => <Foreign>{initiator.name}</Foreign> },
  { head: 'Did what', cell: ({ action }) => <b>{action}</b> },
  {
    head: 'To what',
    maxWidth: 280,
    cell: ({ target }) => (
      <>
        {target.type} <Foreign>{target.name ?? target.id ?? ''}</Foreign>
      </>
    ),
  },
  { head: 'Outcome', cell: ({ outcome }) => <Tag look={looks[outcome]} /> },
  {
    head: 'Why, and what changed',
    maxWidth: 420,
    cell: ({ reason, changes }) => (
      <>
        {reason !== null && <Foreign>{reason}</Foreign>}
        {changes.length > 0 && <Changes changes={changes} />}
      </>
    ),
  },
];

export const AuditTable = ({ events }: { events: AuditEvent[] }) => (
  <DataTable label="Audit" rows={events} keyOf={({ id }) => id} columns={columns} minWidth={900} />
);

const Changes = ({ changes }: { changes: AuditEvent['changes'] }) => (
  <details>
    <Text component="summary" size="xs" c="dimmed">
      {changes.length === 1 ? '1 field' : `${changes.length} fields`}
    </Text>
    {changes.map(({ field, before, after }) => (
      <Text key={field} size="xs" ff="monospace">
        {field}: <Foreign>{word(before)}</Foreign> → <Foreign>{word(after)}</Foreign>
      </Text>
    ))}
  </details>
);

const word = (value: unknown): string =>
  value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
