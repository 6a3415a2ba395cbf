import { Group, Text } from '@mantine/core';

export const Logo = () => (
  <Group gap={10} wrap="nowrap">
    <img src="/favicon.svg" width={28} height={28} alt="" />
    <Text fw={700} size="md" style={{ whiteSpace: 'nowrap' }}>
      Instance HA
    </Text>
  </Group>
);
