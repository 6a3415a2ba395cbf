import { Button, Code, PasswordInput, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useSignIn } from '../api/session.ts';
import { Problem } from '../ui/problem.tsx';

export function TokenForm() {
  const [token, setToken] = useState('');
  const signIn = useSignIn();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate({ way: 'token', token });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label="Token"
          autoComplete="off"
          autoFocus
          required
          leftSection={<IconKey size={16} aria-hidden />}
          value={token}
          onChange={event => setToken(event.currentTarget.value)}
        />
        {signIn.error && <Problem error={signIn.error} doing="Signing in" />}
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
        <Text size="xs" c="dimmed">
          The first start of the API wrote <Code>admin.token</Code> and <Code>reader.token</Code> into its{' '}
          <Code>tokens_path</Code>, by default <Code>/var/lib/instance-ha/tokens</Code>.
        </Text>
      </Stack>
    </form>
  );
}
