import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { trendSeries } from '../../model/trend-series.ts';
import { Problem } from '../../ui/problem.tsx';
import { Section } from '../../ui/section.tsx';
import { trends } from './queries.ts';

const TrendPicture = lazy(() => import('./trend-picture.tsx'));

export function TrendSection() {
  const { data, error, refetch } = useQuery(trends);
  const series = useMemo(() => data && trendSeries(data), [data]);
  return (
    <Section title="Guests over the last day">
      {error && <Problem error={error} doing="Reading the last day" retry={() => void refetch()} />}
      {series?.groups.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing yet: a sample is taken each minute once a monitor reports guests.
        </Text>
      )}
      {series && series.groups.length > 0 && (
        <Suspense>
          <TrendPicture series={series} />
        </Suspense>
      )}
    </Section>
  );
}
