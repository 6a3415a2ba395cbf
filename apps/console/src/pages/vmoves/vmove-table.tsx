import type { Vmove } from '@instance-ha/contracts';
import {
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconEyeOff,
  IconPlayerPlay,
} from '@tabler/icons-react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Tag, type TagLook } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';

const looks: Readonly<Record<Vmove['status'], TagLook>> = {
  pending: { color: 'gray', icon: IconCircleDashed, word: 'pending' },
  ongoing: { color: 'indigo', icon: IconPlayerPlay, word: 'ongoing' },
  ignored: { color: 'gray', icon: IconEyeOff, word: 'ignored' },
  failed: { color: 'red', icon: IconCircleX, word: 'failed' },
  succeeded: { color: 'teal', icon: IconCircleCheck, word: 'succeeded' },
};

const nameOf = ({ instanceName, instanceUuid }: Vmove): string => instanceName ?? instanceUuid;

const columns: readonly Column<Vmove>[] = [
  { head: 'Status', cell: ({ status }) => <Tag look={looks[status]} /> },
  { head: 'From', cell: ({ sourceHost }) => <HostName>{sourceHost}</HostName> },
  { head: 'To', cell: ({ destHost }) => <HostName>{destHost ?? 'pending'}</HostName> },
  { head: 'Type', cell: ({ type }) => type.replace('_', ' ') },
  { head: 'Start', cell: ({ startTime }) => <When at={startTime} /> },
  { head: 'End', cell: ({ endTime }) => <When at={endTime} /> },
  { head: 'Message', maxWidth: 320, cell: ({ message }) => <Foreign>{message}</Foreign> },
];

const plainName: Column<Vmove> = {
  head: 'VM',
  maxWidth: 280,
  cell: move => <Foreign>{nameOf(move)}</Foreign>,
};
const linkedName: Column<Vmove> = {
  head: 'VM',
  maxWidth: 280,
  cell: move => (
    <PageLink to="/notifications/$uuid" params={{ uuid: move.notificationUuid }} size="sm">
      <Foreign>{nameOf(move)}</Foreign>
    </PageLink>
  ),
};

/** `linked`: each leads to the notification that it belongs to. */
export const VmoveTable = ({ rows, linked = false }: { rows: Vmove[]; linked?: boolean }) => (
  <DataTable
    label="VM moves"
    rows={rows}
    keyOf={({ uuid }) => uuid}
    columns={[linked ? linkedName : plainName, ...columns]}
    minWidth={980}
  />
);
