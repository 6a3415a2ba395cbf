import type { ConfigurationRevision } from '@instance-ha/contracts';
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Tag, type TagLook } from '../../ui/tag.tsx';
import { When } from '../../ui/when.tsx';
import { DiffLines } from './diff-lines.tsx';
import { saveDetail, saveList } from './queries.ts';

type Shown = { revision: number; against: number | undefined };

const draftLook: TagLook = { color: 'orange', icon: IconPencil, word: 'draft' };
const soundLook: TagLook = { color: 'teal', icon: IconCircleCheck, word: 'sound' };

/** Every save, who made it and why; what it changed against the one before it, or against what hosts run. */
export function SaveHistory({ host, applied }: { host: string | undefined; applied: number | null }) {
  const saves = useQuery(saveList(host));
  const [shown, setShown] = useState<Shown>();
  if (saves.error) return <Problem error={saves.error} doing="Listing the saves" />;
  if (!saves.data || saves.data.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing was saved yet. Hosts run what their own files say.
      </Text>
    );
  const columns: Column<ConfigurationRevision>[] = [
    { head: 'Revision', cell: ({ revision }) => <b>{revision}</b> },
    { head: 'State', cell: ({ draft }) => <Tag look={draft ? draftLook : soundLook} /> },
    { head: 'Saved', cell: ({ savedAt }) => <When at={savedAt} /> },
    { head: 'By', cell: ({ savedBy }) => <Foreign>{savedBy}</Foreign> },
    { head: 'Why', maxWidth: 320, cell: ({ comment }) => <Foreign>{comment}</Foreign> },
    {
      head: 'Compare',
      align: 'right',
      cell: ({ revision }) => (
        <Group gap={6} justify="flex-end" wrap="nowrap">
          <Button
            size="compact-xs"
            variant="default"
            title={`What revision ${revision} changed`}
            onClick={() => setShown({ revision, against: undefined })}
          >
            changes
          </Button>
          {applied !== null && applied !== revision && (
            <Button
              size="compact-xs"
              variant="default"
              title={`Revision ${revision} against what runs`}
              onClick={() => setShown({ revision, against: applied })}
            >
              against what runs
            </Button>
          )}
        </Group>
      ),
    },
  ];
  return (
    <Stack>
      <DataTable
        label="Saves"
        rows={saves.data}
        keyOf={({ revision }) => revision}
        columns={columns}
        minWidth={680}
      />
      {shown && <Comparison host={host} {...shown} />}
    </Stack>
  );
}

function Comparison({ host, revision, against }: Shown & { host: string | undefined }) {
  const { data, error } = useQuery(saveDetail({ host, revision, against }));
  if (error) return <Problem error={error} doing="Comparing" />;
  if (!data) return null;
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        Revision {revision} against {data.against === 0 ? 'nothing' : `revision ${data.against}`}
      </Text>
      <DiffLines lines={data.lines} />
    </div>
  );
}
