import type { Evidence, EvidenceInput } from '@instance-ha/notification';
import { Badge, Code, Group, Stack, Text } from '@mantine/core';
import { span } from '../../model/times.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Foreign } from '../../ui/foreign.tsx';

const columns: readonly Column<EvidenceInput>[] = [
  { head: 'Signal', cell: ({ signal }) => <Code>{signal}</Code> },
  { head: 'What it said', cell: ({ value }) => <Foreign>{value}</Foreign> },
  { head: 'Age at the verdict', align: 'right', cell: ({ ageMs }) => span(ageMs) },
];

/** Why the verdict fell: the rule, every signal it looked at with its age, and the thresholds. */
export function EvidenceOf({ evidence }: { evidence: Evidence | null }) {
  if (evidence === null)
    return (
      <Text size="sm" c="dimmed">
        Whoever filed it sent no evidence.
      </Text>
    );
  const { rule, summary, inputs, policy } = evidence;
  return (
    <Stack gap="sm">
      <Text size="sm">
        <Foreign>{summary}</Foreign> The rule that fired: <Code>{rule}</Code>
      </Text>
      <DataTable label="Signals" rows={inputs} keyOf={(_, index) => index} columns={columns} minWidth={420} />
      <Group gap={6} aria-label="Thresholds in force">
        {Object.entries(policy).map(([name, value]) => (
          <Badge key={name} variant="default" tt="none" fw={500} radius="sm">
            {name} = {String(value)}
          </Badge>
        ))}
      </Group>
    </Stack>
  );
}
