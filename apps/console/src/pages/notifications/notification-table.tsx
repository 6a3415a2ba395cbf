import type { NotificationSummary } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { Named } from '../../ui/named.tsx';
import { statusLook } from '../../ui/notification-look.ts';
import { PageLink } from '../../ui/page-link.tsx';
import { Tag } from '../../ui/tag.tsx';
import { TypeWord } from '../../ui/type-word.tsx';
import { When } from '../../ui/when.tsx';

const columns: readonly Column<NotificationSummary>[] = [
  { head: 'Status', cell: ({ status }) => <Tag look={statusLook[status]} /> },
  { head: 'Type', cell: ({ type }) => <TypeWord type={type} /> },
  {
    head: 'Instance',
    maxWidth: 320,
    cell: row => <Named name={<Subject row={row} />} id={row.instanceUuid} />,
  },
  { head: 'Source host', maxWidth: 220, cell: ({ host }) => <HostName>{host}</HostName> },
  { head: 'Generated', cell: ({ detectedAt }) => <When at={detectedAt} /> },
  { head: 'What happened', maxWidth: 420, cell: row => <WhatHappened row={row} /> },
];

export const NotificationTable = ({ rows }: { rows: NotificationSummary[] }) => (
  <DataTable label="Notifications" rows={rows} keyOf={({ uuid }) => uuid} columns={columns} minWidth={940} />
);

const Subject = ({ row: { uuid, instanceName, instanceUuid } }: { row: NotificationSummary }) => (
  <PageLink to="/notifications/$uuid" params={{ uuid }} size="sm" fw={600}>
    <Foreign>{instanceName ?? (instanceUuid === null ? 'the whole host' : 'unnamed')}</Foreign>
  </PageLink>
);

const WhatHappened = ({ row }: { row: NotificationSummary }) => (
  <>
    <Text size="sm" lineClamp={2}>
      <Foreign>{row.message ?? faultOf(row)}</Foreign>
    </Text>
    {row.duplicates > 0 && (
      <Text size="xs" c="dimmed">
        filed {row.duplicates + 1} times
      </Text>
    )}
  </>
);

function faultOf({ payload }: NotificationSummary): string {
  switch (payload.type) {
    case 'COMPUTE_INSTANCE':
      return payload.fault;
    case 'COMPUTE_HOST':
      return `host ${payload.event.toLowerCase()}`;
    case 'COMPUTE_PROCESS':
      return `${payload.processName} ${payload.event.toLowerCase()}`;
  }
}
