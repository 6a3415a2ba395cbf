import { Center, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

/** Nothing to show: why, and what to do. */
export const Empty = ({
  icon: Shape,
  title,
  children,
}: {
  icon: Icon;
  title: string;
  children: ReactNode;
}) => (
  <Center py={56} px="md">
    <Stack align="center" gap="sm" maw={480}>
      <ThemeIcon size={52} radius="xl" variant="light" color="gray">
        <Shape size={26} aria-hidden />
      </ThemeIcon>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text c="dimmed" ta="center" size="sm" component="div">
        {children}
      </Text>
    </Stack>
  </Center>
);
