import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { pauseQuery } from '../../api/pause.ts';
import { useMay } from '../../api/session.ts';
import { Foreign } from '../../ui/foreign.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { When } from '../../ui/when.tsx';

const minuteMs = 60_000;
const spans = [
  ['15 minutes', 15],
  ['1 hour', 60],
  ['4 hours', 240],
  ['1 day', 1440],
  ['7 days', 10_080],
  ['30 days', 43_200],
] as const;

/** Stops and resumes all recovery. A pause has a reason and an end: one that is forgotten ends by itself. */
export function PauseSection() {
  const { data: pause, error, refetch } = useQuery(pauseQuery);
  const [mayPause, mayResume] = [useMay('pause.set'), useMay('pause.clear')];
  return (
    <Section title="Pause all recovery">
      <Stack>
        {error && <Problem error={error} doing="Asking for the pause" retry={() => void refetch()} />}
        {pause ? (
          <Text size="sm">
            Paused by <Foreign>{pause.by}</Foreign> since <When at={pause.from} /> until{' '}
            <When at={pause.until} />:{' '}
            <b>
              <Foreign>{pause.reason}</Foreign>
            </b>
            . Failures are seen and listed, and acted on when it ends.
          </Text>
        ) : (
          pause === null && (
            <Text size="sm">
              Recovery goes on. While it is paused, failures are seen and listed, and nothing is done about
              them.
            </Text>
          )
        )}
        {pause && mayResume && <Resume />}
        {mayPause && <PauseForm again={pause != null} />}
        {!mayPause && (
          <Text size="sm" c="dimmed">
            An admin can pause and resume.
          </Text>
        )}
      </Stack>
    </Section>
  );
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: pauseQuery.queryKey });
}

function Resume() {
  const resume = useMutation({ mutationFn: () => api.v2.pause.clear(), onSuccess: useRefresh() });
  return (
    <div>
      <Button
        leftSection={<IconPlayerPlay size={16} aria-hidden />}
        loading={resume.isPending}
        onClick={() => resume.mutate()}
      >
        Resume now
      </Button>
      {resume.error && <Problem error={resume.error} doing="Resuming" />}
    </div>
  );
}

function PauseForm({ again }: { again: boolean }) {
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState(60);
  const refresh = useRefresh();
  const pause = useMutation({
    mutationFn: () => api.v2.pause.set({ body: { reason, forMs: minutes * minuteMs } }),
    onSuccess: async () => {
      setReason('');
      await refresh();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    pause.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Group align="flex-end">
          <TextInput
            label="Reason"
            placeholder="switch upgrade in rack 7"
            required
            maxLength={500}
            w={360}
            maw="100%"
            value={reason}
            onChange={event => setReason(event.currentTarget.value)}
          />
          <NativeSelect
            label="For"
            data={spans.map(([label, value]) => ({ label, value: String(value) }))}
            value={String(minutes)}
            onChange={event => setMinutes(Number(event.currentTarget.value))}
          />
          <Button
            type="submit"
            variant="default"
            leftSection={<IconPlayerPause size={16} aria-hidden />}
            loading={pause.isPending}
          >
            {again ? 'Pause anew' : 'Pause'}
          </Button>
        </Group>
        {pause.error && <Problem error={pause.error} doing="Pausing" />}
      </Stack>
    </form>
  );
}
