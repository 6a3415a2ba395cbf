import type { Host, Segment } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import { enabledLook } from './segment-look.ts';

const columns = (hosts: readonly Host[] | undefined): readonly Column<Segment>[] => [
  {
    head: 'Segment',
    maxWidth: 420,
    cell: ({ uuid, name, description }) => (
      <>
        <PageLink to="/segments/$uuid" params={{ uuid }} size="sm" fw={600}>
          <Foreign>{name}</Foreign>
        </PageLink>
        {description !== null && (
          <Text size="xs" c="dimmed">
            <Foreign>{description}</Foreign>
          </Text>
        )}
      </>
    ),
  },
  { head: 'State', cell: ({ enabled }) => <Tag look={enabledLook(enabled)} /> },
  { head: 'Recovery method', cell: ({ recoveryMethod }) => recoveryMethod },
  {
    head: 'Hosts',
    align: 'right',
    cell: ({ uuid }) => hosts?.filter(({ segmentUuid }) => segmentUuid === uuid).length ?? '…',
  },
  { head: 'Changed', cell: ({ createdAt, updatedAt }) => <When at={updatedAt ?? createdAt} /> },
];

type Props = { segments: Segment[]; hosts: Host[] | undefined };

export const SegmentTable = ({ segments, hosts }: Props) => (
  <DataTable
    label="Segments"
    rows={segments}
    keyOf={({ uuid }) => uuid}
    columns={columns(hosts)}
    minWidth={760}
  />
);
