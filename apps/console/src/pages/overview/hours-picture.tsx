import type { Hour } from '../../model/hourly.ts';
import styles from './hours.module.css';

const [width, height, gap, footer] = [480, 96, 3, 18];

/** A bar an hour; the tallest is the busiest. */
export function HoursPicture({ hours }: { hours: Hour[] }) {
  const most = Math.max(1, ...hours.map(({ count }) => count));
  const step = width / hours.length;
  const total = hours.reduce((sum, { count }) => sum + count, 0);
  return (
    <svg
      className={styles.picture}
      viewBox={`0 0 ${width} ${height + footer}`}
      role="img"
      aria-label={`${total} notifications over ${hours.length} hours, at most ${most} in one`}
    >
      {hours.map(({ begins, count }, index) => {
        const length = count === 0 ? 2 : Math.max(6, (count / most) * height);
        return (
          <rect
            key={begins}
            className={count === 0 ? styles.none : styles.bar}
            x={index * step + gap / 2}
            y={height - length}
            width={step - gap}
            height={length}
            rx={2}
          >
            <title>{`${hourOf(begins)}: ${count}`}</title>
          </rect>
        );
      })}
      {[0, 0.25, 0.5, 0.75].map(share => (
        <text key={share} className={styles.hour} x={share * width} y={height + footer - 4}>
          {hourOf(hours[Math.floor(share * hours.length)]?.begins ?? 0)}
        </text>
      ))}
      <text className={styles.hour} x={width} y={height + footer - 4} textAnchor="end">
        now
      </text>
    </svg>
  );
}

const hourOf = (ms: number): string =>
  new Date(ms).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
