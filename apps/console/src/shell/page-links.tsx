import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { navigation } from './navigation.ts';
import styles from './shell.module.css';

export const PageLinks = ({ onFollow }: { onFollow: () => void }) => (
  <>
    <Text fz={11} c="dimmed" px={10} py={6} style={{ whiteSpace: 'nowrap' }}>
      Admin / Compute / Instance HA
    </Text>
    {navigation.map(({ to, word, icon: Shape }) => (
      <Link
        key={to}
        to={to}
        className={styles.page}
        onClick={onFollow}
        activeProps={{ 'aria-current': 'page' }}
      >
        <Shape size={18} stroke={1.7} aria-hidden />
        {word}
      </Link>
    ))}
  </>
);
