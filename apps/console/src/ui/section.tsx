import { Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** One part of a page under its heading. */
export const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <Paper withBorder p="md" component="section" aria-label={title}>
    <Title order={2} size="h4" mb="sm">
      {title}
    </Title>
    {children}
  </Paper>
);
