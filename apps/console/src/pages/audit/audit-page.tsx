import { Group, NativeSelect } from '@mantine/core';
import { IconClipboardList } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CommittedInput } from '../../ui/committed-input.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { AuditTable } from './audit-table.tsx';
import { type AuditFilter, auditFilterOf } from './filter.ts';
import { auditList } from './queries.ts';

const route = getRouteApi('/audit');

export function AuditPage() {
  const filter = auditFilterOf(route.useSearch());
  const navigate = route.useNavigate();
  const show = (part: { [Key in keyof AuditFilter]: AuditFilter[Key] | undefined }): void => {
    const search = Object.entries({ ...filter, cursor: undefined, ...part }).filter(
      ([, value]) => value !== undefined,
    );
    void navigate({ search: Object.fromEntries(search) as AuditFilter });
  };
  const query = useQuery(auditList(filter));
  return (
    <Page title="Audit" about="Who changed what, when and why, and what was refused.">
      <Group gap="sm" align="flex-end" role="search" aria-label="Filter the audit">
        <CommittedInput label="Who" value={filter.initiator} onCommit={initiator => show({ initiator })} />
        <CommittedInput label="Action" value={filter.action} onCommit={action => show({ action })} />
        <CommittedInput
          label="Kind of target"
          value={filter.targetType}
          onCommit={targetType => show({ targetType })}
        />
        <NativeSelect
          label="Outcome"
          data={['any', 'success', 'failure']}
          value={filter.outcome ?? 'any'}
          onChange={({ currentTarget: { value } }) =>
            show({ outcome: value === 'any' ? undefined : (value as AuditFilter['outcome']) })
          }
        />
      </Group>
      <Listing query={query} doing="Listing the audit">
        {query.data && query.data.events.length > 0 ? (
          <AuditTable events={query.data.events} />
        ) : (
          <Empty icon={IconClipboardList} title="Nothing of that kind was done">
            Every change of segments, hosts, the pause and recoveries is written down here, with who made it.
          </Empty>
        )}
      </Listing>
      <Pager cursor={filter.cursor} nextCursor={query.data?.nextCursor} onTurn={cursor => show({ cursor })} />
    </Page>
  );
}
