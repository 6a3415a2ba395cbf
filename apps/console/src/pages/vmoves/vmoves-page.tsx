import { type VmoveStatus, vmoveStatuses } from '@instance-ha/notification';
import { Group, NativeSelect } from '@mantine/core';
import { IconArrowsRightLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Empty } from '../../ui/empty.tsx';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { vmoveList } from './queries.ts';
import { VmoveTable } from './vmove-table.tsx';

const route = getRouteApi('/vmoves');

export function VmovesPage() {
  const { status: asked, cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const status = vmoveStatuses.find(one => one === asked);
  const query = useQuery(vmoveList({ status, cursor }));
  return (
    <Page title="VM moves" about="Every instance that the recovery of a host moves, over all notifications.">
      <Group role="search" aria-label="Filter the moves">
        <NativeSelect
          label="Status"
          w={200}
          data={[{ value: '', label: 'any' }, ...vmoveStatuses]}
          value={status ?? ''}
          onChange={({ currentTarget: { value } }) =>
            void navigate({ search: value === '' ? {} : { status: value as VmoveStatus } })
          }
        />
      </Group>
      <Listing query={query} doing="Listing the moves">
        {query.data && query.data.vmoves.length > 0 ? (
          <VmoveTable rows={query.data.vmoves} linked />
        ) : (
          <Empty icon={IconArrowsRightLeft} title="No instance was moved">
            When a host of a segment fails, each of its instances is listed here, from where it ran to where
            it runs.
          </Empty>
        )}
      </Listing>
      <Pager
        cursor={cursor}
        nextCursor={query.data?.nextCursor}
        onTurn={next =>
          void navigate({
            search: {
              ...(status === undefined ? {} : { status }),
              ...(next === undefined ? {} : { cursor: next }),
            },
          })
        }
      />
    </Page>
  );
}
