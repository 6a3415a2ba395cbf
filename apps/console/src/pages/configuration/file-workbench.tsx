import type { CatalogueOption, ConfigurationFileText } from '@instance-ha/contracts';
import { ApiError } from '@instance-ha/contracts/client';
import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDeviceFloppy, IconUsers } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useMay } from '../../api/session.ts';
import { Foreign } from '../../ui/foreign.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { When } from '../../ui/when.tsx';
import { ProblemList } from './problem-list.tsx';
import { configurationKey, configurationText, saveText, validation } from './queries.ts';
import { SaveHistory } from './save-history.tsx';
import { UnsavedChanges } from './unsaved-changes.tsx';

const IniEditor = lazy(() => import('./editor/ini-editor.tsx'));

type Props = {
  saved: ConfigurationFileText;
  host: string | undefined;
  catalogue: readonly CatalogueOption[];
  applied: number | null;
};

/** Typing is checked once it pauses for so long. */
const checkAfterMs = 250;

/** One file: its text, what is wrong with it, its saves. What was typed is kept whatever the service answers. */
export function FileWorkbench({ saved, host, catalogue, applied }: Props) {
  const client = useQueryClient();
  const maySave = useMay('configuration.save');
  const [text, setText] = useState(saved.text);
  const [comment, setComment] = useState('');
  const [base, setBase] = useState(saved);
  const [checked] = useDebouncedValue(text, checkAfterMs);
  const check = useQuery({ ...validation(checked, host), placeholderData: keepPreviousData });
  const save = useMutation({
    mutationFn: (etag: string) => saveText({ host, text, etag, comment }),
    onSuccess: async made => {
      setBase(made);
      setComment('');
      client.setQueryData(configurationText(host).queryKey, made);
      await client.invalidateQueries({ queryKey: configurationKey });
    },
  });
  const isOvertaken = ApiError.isInstance(save.error) && save.error.status === 412;
  const saveOver = async (): Promise<void> => {
    const theirs = await client.fetchQuery({ ...configurationText(host), staleTime: 0 });
    save.mutate(theirs.etag);
  };
  const isChanged = text !== base.text;
  useEffect(() => {
    if (!isChanged || !maySave) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isChanged, maySave]);
  return (
    <Stack>
      <Suspense fallback={<Text c="dimmed">Opening the editor …</Text>}>
        <IniEditor
          text={saved.text}
          catalogue={catalogue}
          problems={check.data?.problems ?? saved.problems}
          readOnly={!maySave}
          onChange={setText}
          onSave={() => isChanged && maySave && save.mutate(base.etag)}
        />
      </Suspense>
      <ProblemList problems={check.data?.problems ?? []} />
      {check.error && (
        <Problem error={check.error} doing="Checking the text" retry={() => void check.refetch()} />
      )}
      {maySave ? (
        <Group align="flex-end">
          <TextInput
            label="Why"
            placeholder="shown in the history"
            maxLength={500}
            w={360}
            maw="100%"
            value={comment}
            onChange={event => setComment(event.currentTarget.value)}
          />
          <Button
            leftSection={<IconDeviceFloppy size={16} aria-hidden />}
            disabled={!isChanged}
            loading={save.isPending}
            onClick={() => save.mutate(base.etag)}
          >
            Save Current File
          </Button>
          <Text size="sm" c="dimmed" pb={8}>
            <SavedAs file={base} isChanged={isChanged} />
          </Text>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          You may look, not save. {base.masked && 'Secrets are shown as ***.'}
        </Text>
      )}
      {isOvertaken ? (
        <Alert color="orange" icon={<IconUsers aria-hidden />} title="Somebody saved meanwhile" role="alert">
          <Stack align="flex-start" gap="xs">
            <Text size="sm">
              <Foreign>{save.error instanceof Error ? save.error.message : null}</Foreign> Your text is still
              here, and theirs is in the history below: compare, and take over what you need.
            </Text>
            <Button size="xs" variant="default" onClick={() => void saveOver()}>
              Save mine as the newer one
            </Button>
          </Stack>
        </Alert>
      ) : (
        save.error && <Problem error={save.error} doing="Saving" />
      )}
      {isChanged && <UnsavedChanges text={checked} host={host} saved={base.revision} applied={applied} />}
      <Section title="History">
        <SaveHistory host={host} applied={applied} />
      </Section>
    </Stack>
  );
}

function SavedAs({ file, isChanged }: { file: ConfigurationFileText; isChanged: boolean }) {
  if (file.revision === 0) return isChanged ? 'Not saved yet' : 'Nothing was saved yet';
  return (
    <>
      {isChanged ? 'Changed since ' : 'Saved as '}revision {file.revision}, <When at={file.savedAt} />
      {file.draft && ', a draft: it has errors and cannot be applied'}
    </>
  );
}
