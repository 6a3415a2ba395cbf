import type { OperationRow, OperationSummary } from '@instance-ha/contracts';
import { Button } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { HostName } from '../../ui/host-name.tsx';
import { Page } from '../../ui/page.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { Tag } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import { operationLook, rowLook } from './operation-look.ts';
import { operationDetail, operationsKey } from './queries.ts';

const route = getRouteApi('/operations/$id');

const columns: readonly Column<OperationRow>[] = [
  { head: 'State', cell: ({ state }) => <Tag look={rowLook[state]} /> },
  { head: 'Host', cell: ({ host }) => <HostName>{host}</HostName> },
  { head: 'Service', cell: ({ service }) => service },
  { head: 'Ran before', align: 'right', cell: ({ before }) => before },
  { head: 'Runs', align: 'right', cell: ({ running }) => running ?? '–' },
  { head: 'Changed', cell: ({ changedAt }) => <When at={changedAt} /> },
  { head: 'Error', maxWidth: 380, cell: ({ error }) => <Foreign>{error}</Foreign> },
];

export function OperationPage() {
  const id = Number(route.useParams().id);
  const { data, error, refetch } = useQuery(operationDetail(id));
  const mayCancel = useMay('operations.cancel');
  if (!data)
    return (
      <Page title="Operation">
        {error && <Problem error={error} doing="Showing the operation" retry={() => void refetch()} />}
      </Page>
    );
  const { operation, rows } = data;
  return (
    <Page
      title={`Reconfigure with revision ${operation.revision}`}
      about={
        <>
          <Tag look={operationLook[operation.state]} /> <Foreign>{operation.message ?? ''}</Foreign>
        </>
      }
      actions={mayCancel && operation.state === 'running' && <Cancel id={id} />}
    >
      <PageLink to="/operations" size="sm">
        ← Operations
      </PageLink>
      <ProgressOf operation={operation} />
      <Section title="Hosts">
        <DataTable
          label="Hosts"
          rows={rows}
          keyOf={({ host, service }) => `${host} ${service}`}
          columns={columns}
          minWidth={820}
        />
      </Section>
    </Page>
  );
}

function ProgressOf({ operation }: { operation: OperationSummary }) {
  const { progress, startedBy, startedAt, endedAt, onFailure, atOnce, comment } = operation;
  return (
    <Section title="Progress">
      <Facts
        facts={[
          ['Applied', `${progress.applied} of ${progress.total}`],
          ['Failed', progress.failed],
          ['Not answering', progress.notAnswering],
          ['Under way or pending', progress.applying + progress.pending],
          ['Rolled back', progress.rolledBack],
          ['When a host fails', onFailure],
          ['Hosts at once', atOnce],
          ['Started', <When key="started" at={startedAt} />],
          ['By', <Foreign key="by">{startedBy}</Foreign>],
          ['Ended', endedAt === null ? null : <When key="ended" at={endedAt} />],
          ['Why', comment === null ? null : <Foreign key="why">{comment}</Foreign>],
        ]}
      />
    </Section>
  );
}

function Cancel({ id }: { id: number }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.v2.operations.cancel({ params: { id: String(id) }, body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: operationsKey }),
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconBan size={16} aria-hidden />}
        loading={cancel.isPending}
        onClick={() => cancel.mutate()}
      >
        Tell no further host
      </Button>
      {cancel.error && <Problem error={cancel.error} doing="Cancelling" />}
    </>
  );
}
