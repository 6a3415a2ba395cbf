import { Text } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { pauseQuery } from '../api/pause.ts';
import { Foreign } from '../ui/foreign.tsx';
import { When } from '../ui/when.tsx';
import styles from './shell.module.css';

/** On every page: that nothing is acted on now must not be missed. */
export function PauseBanner() {
  const { data: pause } = useQuery(pauseQuery);
  if (!pause) return null;
  return (
    <div className={styles.banner} role="status">
      <IconPlayerPause size={18} aria-hidden />
      <Text size="sm" component="div">
        <b>All recovery is paused</b> until <When at={pause.until} />: <Foreign>{pause.reason}</Foreign> (
        <Foreign>{pause.by}</Foreign>)
      </Text>
    </div>
  );
}
