import { TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';

type Props = {
  label: string;
  value: string | undefined;
  onCommit: (value: string | undefined) => void;
  placeholder?: string;
  type?: 'text' | 'datetime-local';
};

/** A field whose value counts once Enter is pressed or the field is left, so that a filter does not act while one types. */
export function CommittedInput({ value = '', onCommit, type = 'text', ...shown }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = (event?: FormEvent): void => {
    event?.preventDefault();
    if (text !== value) onCommit(text.trim() === '' ? undefined : text.trim());
  };
  return (
    <form onSubmit={commit}>
      <TextInput
        {...shown}
        type={type}
        w={type === 'text' ? 160 : 200}
        value={text}
        onChange={event => setText(event.currentTarget.value)}
        onBlur={() => commit()}
      />
    </form>
  );
}
