import { Code } from '@mantine/core';
import { IconHeartbeat } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Empty } from '../../ui/empty.tsx';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { MonitorTable } from './monitor-table.tsx';
import { monitorList } from './queries.ts';
import { ServiceTable } from './service-table.tsx';

export function MonitorsPage() {
  const query = useQuery({ ...monitorList, placeholderData: previous => previous });
  const { data = [] } = query;
  return (
    <Page
      title="Monitors and workers"
      about="Who watches the guests of which host, who recovers them, and who is not heard any more."
    >
      <Listing query={query} doing="Listing the monitors">
        {data.length === 0 ? (
          <Empty icon={IconHeartbeat} title="No monitor has reported">
            Start <Code>instance-ha-monitor</Code> on each compute host, with a token that{' '}
            <Code>instance-ha-api --issue-token monitor-HOST</Code> makes for it.
          </Empty>
        ) : (
          <MonitorTable monitors={data} />
        )}
      </Listing>
      <Section title="Services and their configuration">
        <ServiceTable />
      </Section>
    </Page>
  );
}
