import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A name, and below it the smaller thing that tells it from others of the same name. */
export const Named = ({ name, id }: { name: ReactNode; id: ReactNode }) => (
  <>
    <Text size="sm" fw={600} component="div">
      {name}
    </Text>
    {id !== null && (
      <Text fz={11} c="dimmed" ff="monospace" component="div" style={{ whiteSpace: 'nowrap' }}>
        {id}
      </Text>
    )}
  </>
);
