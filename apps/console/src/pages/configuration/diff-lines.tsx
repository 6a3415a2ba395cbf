import type { DiffLine } from '@instance-ha/contracts';
import { Text } from '@mantine/core';
import styles from './configuration.module.css';

const signs: Readonly<Record<DiffLine['op'], string>> = { same: ' ', added: '+', removed: '−' };

/** Two texts side by side in one: a sign and a colour a line. */
export function DiffLines({ lines }: { lines: readonly DiffLine[] | null }) {
  if (lines === null) return <Text size="sm">Too much differs to be listed.</Text>;
  if (lines.every(({ op }) => op === 'same')) return <Text size="sm">They are the same.</Text>;
  return (
    <figure className={styles.diff} aria-label="Differences">
      {lines.map(({ op, before, after, text }) => (
        <div key={`${op} ${before} ${after}`} className={styles[op]}>
          {signs[op]} {text}
        </div>
      ))}
    </figure>
  );
}
