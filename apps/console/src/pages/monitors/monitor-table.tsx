import type { MonitorRecord } from '@instance-ha/contracts';
import { span } from '../../model/times.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import { monitorLook } from './monitor-look.ts';

const columns: readonly Column<MonitorRecord>[] = [
  { head: 'State', cell: monitor => <Tag look={monitorLook(monitor)} /> },
  {
    head: 'Host',
    maxWidth: 240,
    cell: ({ host }) => (
      <b>
        <HostName>{host}</HostName>
      </b>
    ),
  },
  {
    head: 'Guests',
    align: 'right',
    cell: ({ host, guestsByPhase }) => (
      <PageLink to="/guests" search={{ host }} size="sm" title={`The guests of ${host}`}>
        {Object.values(guestsByPhase).reduce((sum, count) => sum + count, 0)}
      </PageLink>
    ),
  },
  { head: 'Last heard', cell: ({ lastSeenAt }) => <When at={lastSeenAt} /> },
  { head: 'Asks every', cell: ({ checkIntervalMs }) => span(checkIntervalMs) },
  { head: 'To deliver', align: 'right', cell: ({ spoolDepth }) => spoolDepth },
  { head: 'Version', cell: ({ version }) => <Foreign>{version}</Foreign> },
  { head: 'Cause', maxWidth: 320, cell: monitor => <Cause monitor={monitor} /> },
];

export const MonitorTable = ({ monitors }: { monitors: MonitorRecord[] }) => (
  <DataTable label="Monitors" rows={monitors} keyOf={({ host }) => host} columns={columns} minWidth={900} />
);

const Cause = ({ monitor: { cause, gate } }: { monitor: MonitorRecord }) => (
  <>
    <Foreign>{cause}</Foreign>
    {gate.suspect &&
      ` The host is suspect: ${gate.silent} of ${gate.silent + gate.heard} guests are silent together.`}
  </>
);
