import { Group, Text } from '@mantine/core';
import { IconCircleCheck, IconEyeOff, IconPlugConnectedX, IconPower } from '@tabler/icons-react';
import type { Coverage } from '../model/coverage.ts';
import { percent } from '../model/move-progress.ts';
import styles from './coverage-bar.module.css';

const parts = [
  { key: 'full', word: 'fully watched', icon: IconCircleCheck, style: styles.full },
  { key: 'crashOnly', word: 'crashes only', icon: IconEyeOff, style: styles.crashOnly },
  { key: 'notWatched', word: 'not watched', icon: IconPlugConnectedX, style: styles.notWatched },
  { key: 'off', word: 'off', icon: IconPower, style: styles.off },
] as const;

/** How many guests are watched, and how well: in lengths, and in numbers with words. */
export const CoverageBar = ({ coverage }: { coverage: Coverage }) => (
  <div>
    <div className={styles.bar} aria-hidden>
      {parts.map(({ key, style }) => (
        <div key={key} className={style} style={{ width: `${percent(coverage[key], coverage.total)}%` }} />
      ))}
    </div>
    <Group gap="xl" mt="sm">
      {parts.map(({ key, word, icon: Shape }) => (
        <Group key={key} gap={8} wrap="nowrap">
          <Shape size={18} stroke={1.7} aria-hidden />
          <Text size="lg" fw={700}>
            {coverage[key]}
          </Text>
          <Text size="sm" c="dimmed">
            {word}
          </Text>
        </Group>
      ))}
    </Group>
  </div>
);
