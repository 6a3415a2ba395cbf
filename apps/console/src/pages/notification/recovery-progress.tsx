import '@mantine/core/styles/RingProgress.css';
import { Group, RingProgress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type MoveProgress, moveProgress, percent } from '../../model/move-progress.ts';
import { Problem } from '../../ui/problem.tsx';
import { lookAgainMs, vmovesOf } from '../vmoves/queries.ts';
import { VmoveTable } from '../vmoves/vmove-table.tsx';

/** The instances of a failed host: how many were brought back, and each of them. */
export function RecoveryProgress({ uuid, isOpen }: { uuid: string; isOpen: boolean }) {
  const { data, error, refetch } = useQuery({
    ...vmovesOf(uuid),
    refetchInterval: isOpen ? lookAgainMs : false,
  });
  if (error) return <Problem error={error} doing="Listing the moves" retry={() => void refetch()} />;
  if (!data) return null;
  if (data.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No instance has been listed for a move yet, or none was on the host.
      </Text>
    );
  const progress = moveProgress(data);
  return (
    <Stack>
      <Group gap="xl">
        <Ring progress={progress} />
        <Numbers progress={progress} />
      </Group>
      <VmoveTable rows={data} />
    </Stack>
  );
}

function Ring({ progress: { total, succeeded, failed, ignored } }: { progress: MoveProgress }) {
  const done = Math.round(percent(succeeded, total));
  return (
    <RingProgress
      size={120}
      thickness={12}
      aria-label={`${done} per cent of the instances were brought back`}
      label={
        <Text ta="center" fw={700}>
          {done} %
        </Text>
      }
      sections={[
        { value: percent(succeeded, total), color: 'teal' },
        { value: percent(failed, total), color: 'red' },
        { value: percent(ignored, total), color: 'gray' },
      ]}
    />
  );
}

const Numbers = ({ progress: { total, succeeded, failed, ignored, open } }: { progress: MoveProgress }) => (
  <Group gap="xl">
    {(
      [
        ['VMs', total],
        ['✓ succeeded', succeeded],
        ['✕ failed', failed],
        ['– ignored', ignored],
        ['… open', open],
      ] as const
    ).map(([word, count]) => (
      <div key={word}>
        <Text size="xl" fw={700}>
          {count}
        </Text>
        <Text size="xs" c="dimmed">
          {word}
        </Text>
      </div>
    ))}
  </Group>
);
