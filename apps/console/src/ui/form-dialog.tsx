import { Button, Group, Modal, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { Problem } from './problem.tsx';

type Props = {
  title: string;
  word: string;
  change: { mutate: (input: undefined) => void; error: unknown; isPending: boolean };
  onClose: () => void;
  children: ReactNode;
};

/** A form in a dialog. It stays as it was filled in when the service refuses. */
export function FormDialog({ title, word, change, onClose, children }: Props) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate(undefined);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack>
          {children}
          {change.error != null && <Problem error={change.error} doing={word} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={change.isPending}>
              {word}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
