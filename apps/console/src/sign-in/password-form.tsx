import { Button, PasswordInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useSignIn } from '../api/session.ts';
import { Problem } from '../ui/problem.tsx';

const empty = { user: '', password: '', userDomain: 'Default', project: '', projectDomain: 'Default' };

/** The words stay as they were typed when Keystone does not believe them. */
export function PasswordForm() {
  const [words, setWords] = useState(empty);
  const signIn = useSignIn();
  const field = (name: keyof typeof empty) => ({
    value: words[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setWords(before => ({ ...before, [name]: value }));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { user, password, userDomain, project, projectDomain } = words;
    const scope = project.trim() === '' ? {} : { project, projectDomain };
    signIn.mutate({ way: 'password', user, password, userDomain, ...scope });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label="User" autoComplete="username" autoFocus required {...field('user')} />
        <PasswordInput label="Password" autoComplete="current-password" required {...field('password')} />
        <SimpleGrid cols={2} spacing="sm">
          <TextInput label="Domain" required {...field('userDomain')} />
          <TextInput label="Project" placeholder="whole system" {...field('project')} />
        </SimpleGrid>
        {signIn.error && <Problem error={signIn.error} doing="Signing in" />}
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
        <Text size="xs" c="dimmed">
          Without a project you sign in for the whole system, which is what a reader needs.
        </Text>
      </Stack>
    </form>
  );
}
