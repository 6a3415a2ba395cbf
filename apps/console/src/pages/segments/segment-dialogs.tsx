import './form-styles.ts';
import type { Host, Segment } from '@instance-ha/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { readAttributes, writeAttributes } from '../../model/control-attributes.ts';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { emptyHost, type HostDraft, HostFields } from './host-fields.tsx';
import { hostBody } from './make-segment.ts';
import { segmentsKey } from './queries.ts';
import { type SegmentDraft, SegmentFields } from './segment-fields.tsx';

export type SegmentTask =
  | { task: 'edit' }
  | { task: 'remove' }
  | { task: 'add-host' }
  | { task: 'edit-host'; host: Host }
  | { task: 'remove-host'; host: Host };

type Props = { segment: Segment; task: SegmentTask; close: () => void };

export default function SegmentDialogs({ segment, task, close }: Props) {
  switch (task.task) {
    case 'edit':
      return <EditSegment segment={segment} close={close} />;
    case 'remove':
      return <RemoveSegment segment={segment} close={close} />;
    case 'add-host':
      return <EditHost segment={segment} close={close} />;
    case 'edit-host':
      return <EditHost segment={segment} host={task.host} close={close} />;
    case 'remove-host':
      return <RemoveHost host={task.host} close={close} />;
  }
}

/** A change of segments or hosts: what is listed is read again, and the dialog goes. */
function useChange<T>(change: (input: T) => Promise<unknown>, done: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      done();
      await client.invalidateQueries({ queryKey: segmentsKey });
    },
  });
}

function EditSegment({ segment, close }: { segment: Segment; close: () => void }) {
  const { uuid, name, recoveryMethod, serviceType, description, enabled } = segment;
  const [draft, setDraft] = useState<SegmentDraft>({
    name,
    recoveryMethod,
    serviceType,
    enabled,
    description: description ?? '',
  });
  const save = useChange(
    () =>
      api.v2.segments.update({
        params: { uuid },
        body: { ...draft, description: draft.description === '' ? null : draft.description },
      }),
    close,
  );
  return (
    <FormDialog title="Edit the segment" word="Save" change={save} onClose={close}>
      <SegmentFields draft={draft} onChange={setDraft} />
    </FormDialog>
  );
}

function EditHost({ segment, host, close }: { segment: Segment; host?: Host; close: () => void }) {
  const [draft, setDraft] = useState<HostDraft>(host ? draftOf(host) : emptyHost);
  const save = useChange(
    (): Promise<unknown> =>
      host
        ? api.v2.hosts.update({ params: { uuid: host.uuid }, body: changesOf(host, draft) })
        : api.v2.hosts.create({ body: { ...hostBody(draft), segmentUuid: segment.uuid } }),
    close,
  );
  return (
    <FormDialog
      title={host ? 'Edit the host' : 'Add a host'}
      word={host ? 'Save' : 'Add'}
      change={save}
      onClose={close}
    >
      <HostFields draft={draft} onChange={setDraft} />
    </FormDialog>
  );
}

const draftOf = ({ name, type, reserved, onMaintenance, controlAttributes }: Host): HostDraft => ({
  name,
  type,
  reserved,
  onMaintenance,
  attributes: readAttributes(controlAttributes),
});

/** Attributes that were not touched are not sent: what somebody else set meanwhile stays. */
function changesOf(host: Host, draft: HostDraft) {
  const { controlAttributes, ...body } = hostBody(draft);
  const before = writeAttributes(readAttributes(host.controlAttributes));
  return controlAttributes === before ? body : { ...body, controlAttributes };
}

function RemoveSegment({ segment, close }: { segment: Segment; close: () => void }) {
  const navigate = useNavigate();
  const remove = useChange(
    (reason: string | undefined) =>
      api.v2.segments.remove({ params: { uuid: segment.uuid }, query: queryOf(reason) }),
    () => void navigate({ to: '/segments' }),
  );
  return (
    <ReasonDialog
      title={`Remove ${segment.name}`}
      means="The segment and its hosts are taken out of the books. Failures of these hosts are not acted on any more."
      word="Remove"
      color="red"
      error={remove.error}
      isPending={remove.isPending}
      onConfirm={reason => remove.mutate(reason)}
      onClose={close}
    />
  );
}

function RemoveHost({ host, close }: { host: Host; close: () => void }) {
  const remove = useChange(
    (reason: string | undefined) =>
      api.v2.hosts.remove({ params: { uuid: host.uuid }, query: queryOf(reason) }),
    close,
  );
  return (
    <ReasonDialog
      title={`Take ${host.name} out`}
      means="Its failure is not acted on any more. Its instances are still watched and restarted one by one."
      word="Take it out"
      color="red"
      error={remove.error}
      isPending={remove.isPending}
      onConfirm={reason => remove.mutate(reason)}
      onClose={close}
    />
  );
}

const queryOf = (reason: string | undefined) => (reason === undefined ? {} : { reason });
