import { Button, Group, NativeSelect, NumberInput, Stack, Text } from '@mantine/core';
import '@mantine/core/styles/NumberInput.css';
import { IconRefreshDot } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api } from '../../api/client.ts';
import { useMay } from '../../api/session.ts';
import { PageLink } from '../../ui/page-link.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { configurationTree } from '../configuration/queries.ts';
import { PreviewOf } from './preview-of.tsx';
import { operationsKey } from './queries.ts';

const policies = [
  { value: 'stop', label: 'stop: tell no further host' },
  { value: 'roll-back', label: 'roll back: all go back to what they ran' },
  { value: 'go-on', label: 'go on with the others' },
] as const;
type Policy = (typeof policies)[number]['value'];

/** Brings the saved configuration to the hosts. */
export function ReconfigureSection() {
  const { data: tree, error, refetch } = useQuery(configurationTree);
  const mayStart = useMay('operations.create');
  return (
    <Section title="Reconfigure">
      <Stack>
        {error && <Problem error={error} doing="Reading the configuration" retry={() => void refetch()} />}
        {tree && tree.latest === 0 && (
          <Text size="sm">
            Nothing was saved yet. Write a configuration in{' '}
            <PageLink to="/configuration" size="sm">
              Advanced Configuration
            </PageLink>{' '}
            first.
          </Text>
        )}
        {tree && tree.latest > 0 && (
          <>
            <Text size="sm">
              {tree.applied === tree.latest
                ? `Revision ${tree.latest} is the newest, and it was brought to the hosts.`
                : `Revision ${tree.latest} is saved; hosts are to run ${tree.applied === null ? 'their own files alone' : `revision ${tree.applied}`}.`}
            </Text>
            <PreviewOf revision={tree.latest} />
            {mayStart ? (
              <StartForm revision={tree.latest} />
            ) : (
              <Text size="sm" c="dimmed">
                An admin can bring it to the hosts.
              </Text>
            )}
          </>
        )}
      </Stack>
    </Section>
  );
}

function StartForm({ revision }: { revision: number }) {
  const [onFailure, setOnFailure] = useState<Policy>('stop');
  const [atOnce, setAtOnce] = useState(10);
  const client = useQueryClient();
  const navigate = useNavigate();
  const start = useMutation({
    mutationFn: async () =>
      (await api.v2.operations.create({ body: { kind: 'reconfigure', revision, onFailure, atOnce } })).body
        .operation,
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: operationsKey });
      await navigate({ to: '/operations/$id', params: { id: String(id) } });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Group align="flex-end">
          <NativeSelect
            label="When a host fails"
            data={policies}
            value={onFailure}
            onChange={event => setOnFailure(event.currentTarget.value as Policy)}
          />
          <NumberInput
            label="Hosts at once"
            min={1}
            max={1000}
            w={130}
            value={atOnce}
            onChange={value => setAtOnce(Number(value) || 1)}
          />
          <Button
            type="submit"
            leftSection={<IconRefreshDot size={16} aria-hidden />}
            loading={start.isPending}
          >
            Reconfigure with revision {revision}
          </Button>
        </Group>
        {start.error && <Problem error={start.error} doing="Starting" />}
      </Stack>
    </form>
  );
}
