import type { ConfigurationProblem } from '@instance-ha/contracts';
import { Group, List, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import '@mantine/core/styles/List.css';
import { Foreign } from '../../ui/foreign.tsx';

/** What the marks in the editor say, for who cannot see or hover them. */
export function ProblemList({ problems }: { problems: readonly ConfigurationProblem[] }) {
  if (problems.length === 0)
    return (
      <Group gap={6} role="status">
        <IconCircleCheck size={16} aria-hidden />
        <Text size="sm">No errors</Text>
      </Group>
    );
  return (
    <List size="sm" spacing={4} role="status" aria-label="What is wrong with the text">
      {problems.map(({ severity, line, key, message, suggestion }) => (
        <List.Item
          key={`${line} ${key} ${message}`}
          icon={
            severity === 'error' ? (
              <IconCircleX size={16} role="img" aria-label="error" />
            ) : (
              <IconAlertTriangle size={16} role="img" aria-label="warning" />
            )
          }
        >
          {line !== null && <b>Line {line}: </b>}
          <Foreign>{message}</Foreign>
          {suggestion !== null && <> Did you mean {suggestion}?</>}
        </List.Item>
      ))}
    </List>
  );
}
