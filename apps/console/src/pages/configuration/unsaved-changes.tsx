import { SegmentedControl, Stack } from '@mantine/core';
import '@mantine/core/styles/SegmentedControl.css';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { DiffLines } from './diff-lines.tsx';
import { comparison } from './queries.ts';

type Props = { text: string; host: string | undefined; saved: number; applied: number | null };

/** What was typed against what was saved, or against what hosts run: before it is saved. */
export function UnsavedChanges({ text, host, saved, applied }: Props) {
  const [against, setAgainst] = useState<'saved' | 'running'>('saved');
  const revision = against === 'saved' ? saved : (applied ?? 0);
  const { data, error } = useQuery({
    ...comparison(text, host, revision),
    placeholderData: keepPreviousData,
  });
  return (
    <Section title="Not saved yet">
      <Stack align="flex-start">
        <SegmentedControl
          size="xs"
          aria-label="Compare with"
          value={against}
          onChange={value => setAgainst(value === 'running' ? 'running' : 'saved')}
          data={[
            { value: 'saved', label: saved === 0 ? 'against nothing' : `against revision ${saved}` },
            { value: 'running', label: 'against what runs' },
          ]}
        />
        {error && <Problem error={error} doing="Comparing" />}
        {data !== undefined && <DiffLines lines={data} />}
      </Stack>
    </Section>
  );
}
