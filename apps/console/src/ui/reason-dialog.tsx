import './dialog-styles.ts';
import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Problem } from './problem.tsx';

type Props = {
  title: string;
  means: string;
  word: string;
  color: string;
  error: unknown;
  isPending: boolean;
  onConfirm: (reason: string | undefined) => void;
  onClose: () => void;
};

const longestReason = 500;

/** Asks whether, and why: the reason goes into the audit. It stays as it was typed when the service refuses. */
export function ReasonDialog({ title, means, word, color, error, isPending, onConfirm, onClose }: Props) {
  const [reason, setReason] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onConfirm(reason.trim() === '' ? undefined : reason.trim());
  };
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{means}</Text>
          <Textarea
            label="Reason"
            description="Shown with it, and kept in the audit"
            autosize
            minRows={2}
            maxLength={longestReason}
            data-autofocus
            value={reason}
            onChange={event => setReason(event.currentTarget.value)}
          />
          {error != null && <Problem error={error} doing={word} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" color={color} loading={isPending}>
              {word}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
