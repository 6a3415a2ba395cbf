import { Button } from '@mantine/core';
import { IconPlus, IconTopologyStar3 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useMay } from '../../api/session.ts';
import { Empty } from '../../ui/empty.tsx';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { hostsOf, segmentList } from './queries.ts';
import { SegmentTable } from './segment-table.tsx';

const SegmentWizard = lazy(() => import('./segment-wizard.tsx'));

export function SegmentsPage() {
  const [isMaking, setMaking] = useState(false);
  const mayMake = useMay('segments.create');
  const query = useQuery({ ...segmentList, placeholderData: previous => previous });
  const hosts = useQuery(hostsOf(undefined));
  const { data = [] } = query;
  const make = mayMake && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      New segment
    </Button>
  );
  return (
    <Page title="Segments" about="Hosts that stand in for one another, and how." actions={make}>
      <Listing query={query} doing="Listing the segments">
        {data.length === 0 ? (
          <Empty icon={IconTopologyStar3} title="No segment yet">
            The failure of a host is acted on when the host is in a segment. Single instances are restarted
            without one.
            {mayMake ? ' Make the first above.' : ' An admin can make one.'}
          </Empty>
        ) : (
          <SegmentTable segments={data} hosts={hosts.data} />
        )}
      </Listing>
      {isMaking && (
        <Suspense>
          <SegmentWizard close={() => setMaking(false)} />
        </Suspense>
      )}
    </Page>
  );
}
