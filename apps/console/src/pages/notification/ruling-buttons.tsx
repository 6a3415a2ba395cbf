import type { RulingKind } from '@instance-ha/notification';
import { Button, Group } from '@mantine/core';
import { type Icon, IconCheck, IconPlayerStop, IconRefresh, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useSession } from '../../api/session.ts';

const RulingDialog = lazy(() => import('./ruling-dialog.tsx'));

export const rulingLook: Readonly<
  Record<RulingKind, { word: string; icon: Icon; color: string; means: string }>
> = {
  approve: {
    word: 'Approve',
    icon: IconCheck,
    color: 'teal',
    means: 'It goes on as if it had not been held.',
  },
  reject: { word: 'Reject', icon: IconX, color: 'red', means: 'It ends as ignored, and nothing is done.' },
  abort: {
    word: 'Abort',
    icon: IconPlayerStop,
    color: 'red',
    means: 'What was begun is brought to a safe end. Nothing further is begun.',
  },
  retry: { word: 'Retry', icon: IconRefresh, color: 'indigo', means: 'It is tried again from the start.' },
};

/** What may be ruled now, by who is signed in; nothing for who may only look. */
export function RulingButtons({ uuid, possible }: { uuid: string; possible: readonly RulingKind[] }) {
  const [asked, setAsked] = useState<RulingKind>();
  const { may } = useSession();
  const offered = possible.filter(kind => may.includes(`notifications.${kind}`));
  return (
    <Group gap="xs">
      {offered.map(kind => {
        const { word, color, icon: Shape } = rulingLook[kind];
        return (
          <Button
            key={kind}
            variant="light"
            color={color}
            leftSection={<Shape size={16} aria-hidden />}
            onClick={() => setAsked(kind)}
          >
            {word}
          </Button>
        );
      })}
      {asked && (
        <Suspense>
          <RulingDialog uuid={uuid} kind={asked} close={() => setAsked(undefined)} />
        </Suspense>
      )}
    </Group>
  );
}
