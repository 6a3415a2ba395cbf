import type { GuestRecord } from '@instance-ha/contracts';
import { IconCheck, IconX } from '@tabler/icons-react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { guestLook } from '../../ui/guest-look.ts';
import { HostName } from '../../ui/host-name.tsx';
import { Named } from '../../ui/named.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';

const columns: readonly Column<GuestRecord>[] = [
  {
    head: 'Health',
    cell: ({ phase }) => (
      <span title={guestLook[phase].means}>
        <Tag look={guestLook[phase]} />
      </span>
    ),
  },
  {
    head: 'Guest',
    maxWidth: 300,
    cell: ({ instanceName, instanceUuid }) => (
      <Named name={<Foreign>{instanceName}</Foreign>} id={instanceUuid} />
    ),
  },
  { head: 'Host', maxWidth: 200, cell: ({ host }) => <HostName>{host}</HostName> },
  { head: 'Last beat', cell: ({ lastBeatAt }) => <When at={lastBeatAt} /> },
  { head: 'So since', cell: ({ since }) => <When at={since} /> },
  {
    head: 'Agent',
    cell: ({ agentChannel }) =>
      agentChannel ? (
        <IconCheck size={18} role="img" aria-label="has an agent channel" />
      ) : (
        <IconX size={18} role="img" aria-label="has no agent channel" />
      ),
  },
  { head: 'Why', maxWidth: 340, cell: ({ why }) => <Foreign>{why}</Foreign> },
];

export const GuestTable = ({ guests }: { guests: GuestRecord[] }) => (
  <DataTable
    label="Guests"
    rows={guests}
    keyOf={({ instanceUuid }) => instanceUuid}
    columns={columns}
    minWidth={960}
  />
);
