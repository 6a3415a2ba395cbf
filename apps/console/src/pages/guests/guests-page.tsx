import { Group, NativeSelect, Stack } from '@mantine/core';
import { IconDeviceDesktopOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { coverage } from '../../model/coverage.ts';
import { type GuestPhase, guestPhases } from '../../model/guest-phases.ts';
import { CommittedInput } from '../../ui/committed-input.tsx';
import { CoverageBar } from '../../ui/coverage-bar.tsx';
import { Empty } from '../../ui/empty.tsx';
import { guestLook } from '../../ui/guest-look.ts';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { Section } from '../../ui/section.tsx';
import { monitorList } from '../monitors/queries.ts';
import { AgentGuidance } from './agent-guidance.tsx';
import { type GuestFilter, guestFilterOf } from './filter.ts';
import { GuestTable } from './guest-table.tsx';
import { guestList } from './queries.ts';

const route = getRouteApi('/guests');

export function GuestsPage() {
  const filter = guestFilterOf(route.useSearch());
  const navigate = route.useNavigate();
  const show = (search: GuestFilter): void => void navigate({ search });
  const query = useQuery(guestList(filter));
  const monitors = useQuery(monitorList);
  const { host, phase } = filter;
  return (
    <Page title="Guests" about="Every guest that a monitor sees, and how well it is watched.">
      <Section title="Coverage">
        <Stack>
          {monitors.data && <CoverageBar coverage={coverage(monitors.data)} />}
          <AgentGuidance />
        </Stack>
      </Section>
      <Group gap="sm" align="flex-end" role="search" aria-label="Filter the guests">
        <NativeSelect
          label="Health"
          w={200}
          data={[
            { value: '', label: 'any' },
            ...guestPhases.map(one => ({ value: one, label: guestLook[one].word })),
          ]}
          value={phase ?? ''}
          onChange={({ currentTarget: { value } }) =>
            show({
              ...(host === undefined ? {} : { host }),
              ...(value === '' ? {} : { phase: value as GuestPhase }),
            })
          }
        />
        <CommittedInput
          label="Host"
          value={host}
          onCommit={next =>
            show({ ...(phase === undefined ? {} : { phase }), ...(next === undefined ? {} : { host: next }) })
          }
        />
      </Group>
      <Listing query={query} doing="Listing the guests">
        {query.data && query.data.guests.length > 0 ? (
          <GuestTable guests={query.data.guests} />
        ) : (
          <Empty icon={IconDeviceDesktopOff} title="No guest is like that">
            {host === undefined && phase === undefined
              ? 'No monitor has told of a guest yet. The page Monitors and workers tells which are heard.'
              : 'Choose another health or host above.'}
          </Empty>
        )}
      </Listing>
      <Pager
        cursor={filter.cursor}
        nextCursor={query.data?.nextCursor}
        first="First"
        further="Next"
        onTurn={cursor => {
          const { cursor: _before, ...rest } = filter;
          show(cursor === undefined ? rest : { ...rest, cursor });
        }}
      />
    </Page>
  );
}
