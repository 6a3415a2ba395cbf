import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { concernsOf } from '../../model/concerns.ts';
import { coverage } from '../../model/coverage.ts';
import { hourly, slowest } from '../../model/hourly.ts';
import { span } from '../../model/times.ts';
import { CoverageBar } from '../../ui/coverage-bar.tsx';
import { Foreign } from '../../ui/foreign.tsx';
import { Page } from '../../ui/page.tsx';
import { PageLink } from '../../ui/page-link.tsx';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { monitorList } from '../monitors/queries.ts';
import { HeldSection } from './held-section.tsx';
import { HoursPicture } from './hours-picture.tsx';
import { MonitorCounts } from './monitor-counts.tsx';
import { heldList, lastDayList, mostOfADay } from './queries.ts';
import { StatusCounts } from './status-counts.tsx';
import { TrendSection } from './trend-section.tsx';
import { Verdict } from './verdict.tsx';

const slowestShown = 5;

export function OverviewPage() {
  const monitors = useQuery(monitorList);
  const lastDay = useQuery(lastDayList);
  const held = useQuery(heldList);
  const error = monitors.error ?? lastDay.error ?? held.error;
  if (error)
    return (
      <Page title="Overview">
        <Problem
          error={error}
          doing="Looking at everything"
          retry={() => void Promise.all([monitors.refetch(), lastDay.refetch(), held.refetch()])}
        />
      </Page>
    );
  if (!monitors.data || !lastDay.data) return <Page title="Overview">{null}</Page>;
  const covered = coverage(monitors.data);
  const rows = lastDay.data;
  return (
    <Page title="Overview" about="Is everything protected?">
      <Verdict
        concerns={concernsOf({
          monitors: monitors.data,
          coverage: covered,
          lastDay: rows,
          held: held.data?.length ?? 0,
        })}
      />
      <HeldSection held={held.data ?? []} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title="Guests">
          <CoverageBar coverage={covered} />
        </Section>
        <Section title="Hosts by their monitors">
          <MonitorCounts monitors={monitors.data} />
        </Section>
      </SimpleGrid>
      <TrendSection />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title="Notifications of the last day">
          <Stack>
            <StatusCounts rows={rows} />
            <HoursPicture
              hours={hourly(
                rows.map(({ detectedAt }) => detectedAt),
                Date.now(),
              )}
            />
            {rows.length >= mostOfADay && (
              <Text size="xs" c="dimmed">
                The newest {mostOfADay} of them.
              </Text>
            )}
          </Stack>
        </Section>
        <Section title="Slowest recoveries of the last day">
          <Slowest rows={slowest(rows, slowestShown)} />
        </Section>
      </SimpleGrid>
    </Page>
  );
}

function Slowest({ rows }: { rows: ReturnType<typeof slowest> }) {
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing was recovered.
      </Text>
    );
  return (
    <Stack gap={8}>
      {rows.map(({ uuid, name, tookMs }) => (
        <Group key={uuid} justify="space-between" wrap="nowrap">
          <PageLink to="/notifications/$uuid" params={{ uuid }} size="sm">
            <Foreign>{name}</Foreign>
          </PageLink>
          <Text size="sm" ff="monospace">
            {span(tookMs)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
