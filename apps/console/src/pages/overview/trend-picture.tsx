import { useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type TrendKey, type TrendSeries, trendInWords } from '../../model/trend-series.ts';

const heightPx = 220;

/** Line styles besides colours: the lines are told apart without them too. */
const looks: Readonly<Record<TrendKey, { color: string; dash: number[] }>> = {
  well: { color: 'teal', dash: [] },
  unproven: { color: 'cyan', dash: [2, 3] },
  crashOnly: { color: 'yellow', dash: [8, 4] },
  troubled: { color: 'orange', dash: [4, 4] },
  failed: { color: 'red', dash: [] },
  off: { color: 'gray', dash: [10, 3, 2, 3] },
  unheard: { color: 'grape', dash: [2, 6] },
};

/** Guests by health over the last day. The default export, so that the chart is fetched only where it is shown. */
export default function TrendPicture({ series }: { series: TrendSeries }) {
  const { ref: sized, width } = useElementSize();
  const target = useRef<HTMLDivElement>(null);
  const theme = useMantineTheme();
  const scheme = useComputedColorScheme();
  useEffect(() => {
    if (!target.current || width === 0) return;
    const dark = scheme === 'dark';
    const ink = (dark ? theme.colors.dark[1] : theme.colors.gray[7]) ?? 'gray';
    const grid = { stroke: dark ? theme.colors.dark[4] : theme.colors.gray[2], width: 1 };
    const axis = { stroke: ink, grid, ticks: grid, font: `11px ${theme.fontFamily}` };
    const chart = new UPlot(
      {
        width,
        height: heightPx,
        series: [
          {},
          ...series.groups.map(({ key, label }) => ({
            label,
            stroke: theme.colors[looks[key].color]?.[dark ? 4 : 7] ?? ink,
            dash: looks[key].dash,
            width: 2,
            points: { show: series.at.length === 1 },
          })),
        ],
        axes: [axis, { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000], size: 44 }],
        scales: { y: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.05)] } },
        cursor: { drag: { x: true, y: false } },
      },
      [series.at, ...series.groups.map(({ counts }) => counts)],
      target.current,
    );
    return () => chart.destroy();
  }, [series, width, scheme, theme]);
  return (
    <div ref={sized}>
      <div ref={target} role="img" aria-label={`Guests over the last day. ${trendInWords(series)}`} />
    </div>
  );
}
