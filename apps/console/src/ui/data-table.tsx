import type { ReactNode } from 'react';
import styles from './data-table.module.css';

export type Column<Row> = {
  head: string;
  cell: (row: Row) => ReactNode;
  align?: 'right';
  /** Of the text in it, in pixels: long names wrap. */
  maxWidth?: number;
};

type Props<Row> = {
  label: string;
  rows: readonly Row[];
  keyOf: (row: Row, index: number) => string | number;
  columns: readonly Column<Row>[];
  /** Narrower than this it scrolls sideways, by keyboard too. */
  minWidth: number;
};

/** One table as all of them look. */
export const DataTable = <Row,>({ label, rows, keyOf, columns, minWidth }: Props<Row>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
  <section className={styles.frame} aria-label={label} tabIndex={0}>
    <table className={styles.table} style={{ minWidth }} aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ head, align }) => (
            <th key={head} scope="col" className={align && styles[align]}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)}>
            {columns.map(({ head, cell, align, maxWidth }) => (
              <td key={head} className={align && styles[align]} style={{ maxWidth }}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
