import type { NotificationDetail } from '@instance-ha/contracts';
import { Alert, Code, Group, Stack, Text } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Facts } from '../../ui/facts.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { statusLook } from '../../ui/notification-look.ts';
import { Page } from '../../ui/page.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { Tag } from '../../ui/tag.tsx';
import { TypeWord } from '../../ui/type-word.tsx';
import { When } from '../../ui/when.tsx';
import { notificationDetail } from '../notifications/queries.ts';
import { EvidenceOf } from './evidence.tsx';
import { Journal } from './journal.tsx';
import { RecoveryProgress } from './recovery-progress.tsx';
import { RulingButtons } from './ruling-buttons.tsx';
import { Rulings } from './rulings.tsx';
import { TimelinePicture } from './timeline-picture.tsx';

const route = getRouteApi('/notifications/$uuid');

export function NotificationPage() {
  const { uuid } = route.useParams();
  const { data, error, refetch } = useQuery(notificationDetail(uuid));
  if (!data)
    return (
      <Page title="Notification">
        {error && <Problem error={error} doing="Showing the notification" retry={() => void refetch()} />}
      </Page>
    );
  return <Shown detail={data} />;
}

function Shown({ detail }: { detail: NotificationDetail }) {
  const { notification, held, rulings, possible, timeline, journal } = detail;
  const { uuid, type, status, host, instanceName, message, endedAt } = notification;
  return (
    <Page
      title={instanceName ?? host}
      about={
        <Group gap="sm">
          <Tag look={statusLook[status]} />
          <TypeWord type={type} />
          <Foreign>{message}</Foreign>
        </Group>
      }
      actions={<RulingButtons uuid={uuid} possible={possible} />}
    >
      <PageLink to="/notifications" size="sm">
        ← All notifications
      </PageLink>
      {held && (
        <Alert color="yellow" icon={<IconHandStop aria-hidden />} title="Held: it waits for an operator">
          <Foreign>{held.why}</Foreign> Since <When at={held.since} />.
        </Alert>
      )}
      <Section title="Timeline">
        <TimelinePicture entries={timeline} />
      </Section>
      {type === 'COMPUTE_HOST' && (
        <Section title="Recovery progress">
          <RecoveryProgress uuid={uuid} isOpen={endedAt === null} />
        </Section>
      )}
      <Section title="Evidence">
        <EvidenceOf evidence={notification.evidence} />
      </Section>
      {rulings.length > 0 && (
        <Section title="Rulings">
          <Rulings rulings={rulings} />
        </Section>
      )}
      <Section title="Journal">
        <Journal entries={journal} />
      </Section>
      <Section title="Facts">
        <FactsOf detail={detail} />
      </Section>
    </Page>
  );
}

function FactsOf({ detail: { notification } }: { detail: NotificationDetail }) {
  const { uuid, incidentKey, instanceUuid, host, filedBy, duplicates, payload } = notification;
  const { faultAt, detectedAt, acceptedAt, endedAt } = notification;
  return (
    <Stack>
      <Facts
        facts={[
          ['Source host', <Foreign key="host">{host}</Foreign>],
          ['Instance', instanceUuid],
          ['Fault', <When key="fault" at={faultAt} />],
          ['Detected', <When key="detected" at={detectedAt} />],
          ['Notified', <When key="accepted" at={acceptedAt} />],
          ['Ended', endedAt === null ? null : <When key="ended" at={endedAt} />],
          ['Filed by', <Foreign key="by">{filedBy}</Foreign>],
          ['Filed', duplicates === 0 ? 'once' : `${duplicates + 1} times`],
          ['Notification', uuid],
          ['Incident', <Foreign key="incident">{incidentKey}</Foreign>],
        ]}
      />
      <details>
        <Text component="summary" size="sm">
          Payload
        </Text>
        <Code block mt="xs">
          {JSON.stringify(payload, null, 2)}
        </Code>
      </details>
    </Stack>
  );
}
