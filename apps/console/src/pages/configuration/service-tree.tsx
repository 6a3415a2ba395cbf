import type { ConfigurationTree } from '@instance-ha/contracts';
import { Button, Text, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Foreign } from '../../ui/foreign.tsx';
import styles from './configuration.module.css';
import { fileName } from './queries.ts';

type Props = { tree: ConfigurationTree; host: string | undefined };

/** Service → file: the one for all hosts, and what single hosts have of their own above it. */
export function ServiceTree({ tree, host }: Props) {
  const [newHost, setNewHost] = useState('');
  const navigate = useNavigate();
  const known = tree.services.flatMap(({ files }) =>
    files.flatMap(file => (file.host === null ? [] : [file.host])),
  );
  const hosts = [...new Set(host === undefined ? known : [...known, host])].sort();
  const open = (event: FormEvent): void => {
    event.preventDefault();
    setNewHost('');
    void navigate({ to: '/configuration', search: { host: newHost } });
  };
  return (
    <nav className={styles.tree} aria-label="Service tree">
      <Text size="sm" fw={600} px={8} py={4}>
        instance-ha
      </Text>
      <ul>
        <li>
          <Link
            to="/configuration"
            search={{}}
            className={styles.file}
            aria-current={host === undefined || undefined}
          >
            {fileName}
            <Text size="xs" c="dimmed">
              all hosts
            </Text>
          </Link>
        </li>
        {hosts.map(name => (
          <li key={name}>
            <Link
              to="/configuration"
              search={{ host: name }}
              className={styles.file}
              aria-current={host === name || undefined}
            >
              hosts/
              <Foreign>{name}</Foreign>
            </Link>
          </li>
        ))}
      </ul>
      <form onSubmit={open}>
        <TextInput
          mt="sm"
          size="xs"
          label="One host's own"
          placeholder="host name"
          required
          pattern="[A-Za-z0-9._\-]+"
          value={newHost}
          onChange={event => setNewHost(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" size="xs" mt={6} fullWidth>
          Open
        </Button>
      </form>
    </nav>
  );
}
