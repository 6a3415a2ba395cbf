import type { NotificationSummary } from '@instance-ha/contracts';
import { Table, Text } from '@mantine/core';
import { Foreign } from '../../ui/foreign.tsx';
import { statusLook } from '../../ui/notification-look.ts';
import { PageLink } from '../../ui/page-link.tsx';
import { Tag } from '../../ui/tag.tsx';
import { TypeWord } from '../../ui/type-word.tsx';
import { When } from '../../ui/when.tsx';

export const NotificationTable = ({ rows }: { rows: NotificationSummary[] }) => (
  <Table.ScrollContainer minWidth={900} type="native">
    <Table verticalSpacing="sm" highlightOnHover aria-label="Notifications">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Status</Table.Th>
          <Table.Th>Type</Table.Th>
          <Table.Th>Instance</Table.Th>
          <Table.Th>Source host</Table.Th>
          <Table.Th>Generated</Table.Th>
          <Table.Th>What happened</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(row => (
          <Row key={row.uuid} row={row} />
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);

function Row({ row }: { row: NotificationSummary }) {
  const { uuid, status, type, host, instanceName, instanceUuid, detectedAt, message, duplicates } = row;
  return (
    <Table.Tr data-uuid={uuid}>
      <Table.Td>
        <Tag look={statusLook[status]} />
      </Table.Td>
      <Table.Td>
        <TypeWord type={type} />
      </Table.Td>
      <Table.Td maw={320}>
        <PageLink to="/notifications/$uuid" params={{ uuid }} size="sm" fw={600}>
          <Foreign>{instanceName ?? (instanceUuid === null ? 'the whole host' : 'unnamed')}</Foreign>
        </PageLink>
        {instanceUuid !== null && (
          <Text size="xs" c="dimmed" ff="monospace">
            {instanceUuid}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Foreign>{host}</Foreign>
      </Table.Td>
      <Table.Td>
        <When at={detectedAt} />
      </Table.Td>
      <Table.Td maw={420}>
        <Text size="sm" lineClamp={2}>
          <Foreign>{message ?? faultOf(row)}</Foreign>
        </Text>
        {duplicates > 0 && (
          <Text size="xs" c="dimmed">
            filed {duplicates + 1} times
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

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
