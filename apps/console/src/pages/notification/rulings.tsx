import type { Ruling } from '@instance-ha/contracts';
import { Stack, Text } from '@mantine/core';
import { Foreign } from '../../ui/foreign.tsx';
import { When } from '../../ui/when.tsx';

const past: Readonly<Record<Ruling['ruling'], string>> = {
  approve: 'approved',
  reject: 'rejected',
  abort: 'aborted',
  retry: 'had it tried again',
};

export const Rulings = ({ rulings }: { rulings: Ruling[] }) => (
  <Stack gap={6}>
    {rulings.map(({ ruling, by, reason, at }) => (
      <Text key={at + ruling} size="sm">
        <When at={at} />: <Foreign>{by}</Foreign> <b>{past[ruling]}</b>
        {reason !== null && (
          <>
            : <Foreign>{reason}</Foreign>
          </>
        )}
      </Text>
    ))}
  </Stack>
);
