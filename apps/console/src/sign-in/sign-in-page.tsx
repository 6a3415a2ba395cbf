import '@mantine/core/styles/PasswordInput.css';
import '@mantine/core/styles/SegmentedControl.css';
import type { SignInWay } from '@instance-ha/contracts';
import { Center, Paper, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { Logo } from '../shell/logo.tsx';
import { PasswordForm } from './password-form.tsx';
import { TokenForm } from './token-form.tsx';

const words: Readonly<Record<SignInWay, string>> = { password: 'Keystone', token: 'Token' };

export default function SignInPage({ ways }: { ways: SignInWay[] }) {
  useDocumentTitle('Sign in · Instance HA');
  const [way, setWay] = useState<SignInWay>(ways[0] ?? 'token');
  return (
    <Center component="main" mih="100vh" p="md" bg="var(--mantine-color-default-hover)">
      <Paper w={400} maw="100%" p="xl" radius="lg" withBorder shadow="sm">
        <Stack gap="lg">
          <Logo />
          <div>
            <Title order={1} size="h3">
              Sign in
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              High availability for virtual machines: what failed, what was done about it, and why.
            </Text>
          </div>
          {ways.length > 1 && (
            <SegmentedControl
              aria-label="Way to sign in"
              fullWidth
              value={way}
              onChange={value => setWay(value as SignInWay)}
              data={ways.map(value => ({ value, label: words[value] }))}
            />
          )}
          {way === 'token' ? <TokenForm /> : <PasswordForm />}
        </Stack>
      </Paper>
    </Center>
  );
}
