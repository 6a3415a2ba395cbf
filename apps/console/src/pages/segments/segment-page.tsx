import { Button } from '@mantine/core';
import { IconPencil, IconPlus, IconServerOff, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useMay } from '../../api/session.ts';
import { Empty } from '../../ui/empty.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { Listing } from '../../ui/listing.tsx';
import { Page } from '../../ui/page.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Tag } from '../../ui/tag.tsx';
import { HostTable } from './host-table.tsx';
import { hostsOf, readinessOf, segmentDetail } from './queries.ts';
import type { SegmentTask } from './segment-dialogs.tsx';
import { enabledLook } from './segment-look.ts';

const SegmentDialogs = lazy(() => import('./segment-dialogs.tsx'));
const route = getRouteApi('/segments/$uuid');

export function SegmentPage() {
  const { uuid } = route.useParams();
  const segment = useQuery(segmentDetail(uuid));
  const hosts = useQuery({ ...hostsOf(uuid), placeholderData: previous => previous });
  const readiness = useQuery(readinessOf(uuid));
  const [task, setTask] = useState<SegmentTask>();
  const [mayEdit, mayRemove, mayAdd] = [
    useMay('segments.update'),
    useMay('segments.remove'),
    useMay('hosts.create'),
  ];
  const mayEditHosts = useMay('hosts.update');
  if (!segment.data)
    return (
      <Page title="Segment">
        {segment.error && (
          <Problem error={segment.error} doing="Showing the segment" retry={() => void segment.refetch()} />
        )}
      </Page>
    );
  const { name, enabled, recoveryMethod, serviceType, description } = segment.data;
  const { data = [] } = hosts;
  return (
    <Page
      title={name}
      about={
        <>
          <Tag look={enabledLook(enabled)} /> {recoveryMethod} · {serviceType}
          {description !== null && (
            <>
              {' '}
              · <Foreign>{description}</Foreign>
            </>
          )}
        </>
      }
      actions={
        <>
          {mayAdd && (
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setTask({ task: 'add-host' })}
            >
              Add host
            </Button>
          )}
          {mayEdit && (
            <Button
              variant="default"
              leftSection={<IconPencil size={16} aria-hidden />}
              onClick={() => setTask({ task: 'edit' })}
            >
              Edit
            </Button>
          )}
          {mayRemove && (
            <Button
              variant="default"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => setTask({ task: 'remove' })}
            >
              Remove
            </Button>
          )}
        </>
      }
    >
      <PageLink to="/segments" size="sm">
        ← All segments
      </PageLink>
      <Listing query={hosts} doing="Listing the hosts">
        {data.length === 0 ? (
          <Empty icon={IconServerOff} title="No host in this segment">
            Add the compute hosts that stand in for one another, as Nova spells them.
          </Empty>
        ) : (
          <HostTable hosts={data} readiness={readiness.data} onTask={mayEditHosts ? setTask : undefined} />
        )}
      </Listing>
      {task && (
        <Suspense>
          <SegmentDialogs segment={segment.data} task={task} close={() => setTask(undefined)} />
        </Suspense>
      )}
    </Page>
  );
}
