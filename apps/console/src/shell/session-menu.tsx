import { ActionIcon, Group, Text } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useSession, useSignOut } from '../api/session.ts';
import { localTime } from '../model/times.ts';
import styles from './shell.module.css';

/** Who is signed in, what they may, until when; and the way out. */
export function SessionMenu() {
  const { name, scope, expiresAt } = useSession();
  const signOut = useSignOut();
  return (
    <Group gap="xs" wrap="nowrap">
      <div
        className={styles.wideOnly}
        title={`Signed in until ${localTime(expiresAt)}`}
        style={{ lineHeight: 1.15 }}
      >
        <Text size="sm" fw={600} maw={140} truncate className="foreign">
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {scope === 'admin' ? 'looks and steers' : 'looks only'}
        </Text>
      </div>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => signOut.mutate()}
      >
        <IconLogout size={18} stroke={1.7} aria-hidden />
      </ActionIcon>
    </Group>
  );
}
