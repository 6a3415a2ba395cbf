import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { problemOf } from '../model/problem.ts';

/** What failed, in the service's own words, and how to go on. Says itself to a screen reader. */
export function Problem({ error, doing, retry }: { error: unknown; doing: string; retry?: () => void }) {
  const { message, details, requestId } = problemOf(error);
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={`${doing} failed`} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{message}</Text>
        {details.map(detail => (
          <Text key={detail} size="sm" ff="monospace">
            {detail}
          </Text>
        ))}
        {requestId !== null && (
          <Text size="xs" c="dimmed">
            Request <Code>{requestId}</Code>: the log of the service names it.
          </Text>
        )}
        {retry && (
          <Button size="xs" variant="light" color="red" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
