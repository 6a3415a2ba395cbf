import type { RulingKind } from '@instance-ha/notification';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { detailKey } from '../notifications/queries.ts';
import { rulingLook } from './ruling-buttons.tsx';

type Props = { uuid: string; kind: RulingKind; close: () => void };

export default function RulingDialog({ uuid, kind, close }: Props) {
  const client = useQueryClient();
  const rule = useMutation({
    mutationFn: (reason: string | undefined) =>
      api.v2.notifications[kind]({ params: { uuid }, body: reason === undefined ? {} : { reason } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: detailKey(uuid) });
      close();
    },
  });
  const { word, means, color } = rulingLook[kind];
  return (
    <ReasonDialog
      title={`${word} this recovery`}
      means={means}
      word={word}
      color={color}
      error={rule.error}
      isPending={rule.isPending}
      onConfirm={reason => rule.mutate(reason)}
      onClose={close}
    />
  );
}
