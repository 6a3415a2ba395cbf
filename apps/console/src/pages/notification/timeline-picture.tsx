import type { TimelineEntry } from '@instance-ha/contracts';
import { Box } from '@mantine/core';
import { exactTime, span } from '../../model/times.ts';
import styles from './timeline.module.css';
import { timelineBars } from './timeline-geometry.ts';

const [width, rowHeight, labelWidth, timeWidth] = [860, 32, 126, 112];
const field = width - labelWidth - timeWidth;

const words: Readonly<Record<TimelineEntry['phase'], string>> = {
  fault: 'fault',
  detected: 'detected',
  notified: 'notified',
  accepted: 'accepted',
  acting: 'acting',
  restarted: 'restarted',
  'heartbeat-back': 'heartbeat back',
  ended: 'ended',
};

/** From the fault to the end, a bar a phase: where the time went. */
export function TimelinePicture({ entries }: { entries: TimelineEntry[] }) {
  const bars = timelineBars(entries);
  const told = bars.map(({ phase, offsetMs }) => `${words[phase]} after ${span(offsetMs)}`).join(', ');
  return (
    <Box className={styles.scroll}>
      <svg
        className={styles.picture}
        viewBox={`0 0 ${width} ${bars.length * rowHeight}`}
        role="img"
        aria-label={`Timeline: ${told}`}
      >
        {bars.map((bar, index) => {
          const y = index * rowHeight;
          const x = labelWidth + bar.start * field;
          const length = Math.max(3, bar.length * field);
          return (
            <g key={bar.phase}>
              <title>{`${words[bar.phase]}, ${exactTime(bar.at)}${bar.detail === null ? '' : `: ${bar.detail}`}`}</title>
              <rect className={styles.track} x={labelWidth} y={y + 12} width={field} height={10} rx={5} />
              <rect
                className={styles[bar.phase] ?? styles.bar}
                x={x}
                y={y + 9}
                width={length}
                height={16}
                rx={3}
              />
              <text className={styles.label} x={labelWidth - 12} y={y + 21} textAnchor="end">
                {words[bar.phase]}
              </text>
              <text className={styles.time} x={width} y={y + 21} textAnchor="end">
                {bar.tookMs === null ? span(bar.offsetMs) : `+${span(bar.offsetMs)}`}
              </text>
            </g>
          );
        })}
      </svg>
    </Box>
  );
}
