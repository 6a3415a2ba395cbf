import { type RecoveryMethod, recoveryMethods } from '@instance-ha/notification';
import { NativeSelect, Stack, Switch, Textarea, TextInput } from '@mantine/core';

export type SegmentDraft = {
  name: string;
  recoveryMethod: RecoveryMethod;
  serviceType: string;
  description: string;
  enabled: boolean;
};

export const emptySegment: SegmentDraft = {
  name: '',
  recoveryMethod: 'auto',
  serviceType: 'COMPUTE',
  description: '',
  enabled: true,
};

const meanings: Readonly<Record<RecoveryMethod, string>> = {
  auto: 'auto: Nova chooses the target',
  reserved_host: 'reserved_host: only standby hosts of the segment',
  auto_priority: 'auto_priority: Nova chooses first, then standby hosts',
  rh_priority: 'rh_priority: standby hosts first, then Nova chooses',
};

type Props = { draft: SegmentDraft; onChange: (draft: SegmentDraft) => void };

export function SegmentFields({ draft, onChange }: Props) {
  const set = (part: Partial<SegmentDraft>): void => onChange({ ...draft, ...part });
  return (
    <Stack>
      <TextInput
        label="Name"
        required
        maxLength={255}
        data-autofocus
        value={draft.name}
        onChange={event => set({ name: event.currentTarget.value })}
      />
      <NativeSelect
        label="Recovery method"
        description="Where the instances of a failed host are brought back"
        data={recoveryMethods.map(value => ({ value, label: meanings[value] }))}
        value={draft.recoveryMethod}
        onChange={event => set({ recoveryMethod: event.currentTarget.value as RecoveryMethod })}
      />
      <TextInput
        label="Service type"
        required
        maxLength={255}
        value={draft.serviceType}
        onChange={event => set({ serviceType: event.currentTarget.value })}
      />
      <Textarea
        label="Description"
        autosize
        minRows={2}
        value={draft.description}
        onChange={event => set({ description: event.currentTarget.value })}
      />
      <Switch
        label="Enabled: failures of its hosts are acted on"
        checked={draft.enabled}
        onChange={event => set({ enabled: event.currentTarget.checked })}
      />
    </Stack>
  );
}
