/** A line that stayed, came or went, with its number before and after, from 1. */
export type LineDiff = {
  readonly op: 'same' | 'added' | 'removed';
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
};

/** Edits beyond which a list of lines tells nobody anything; it also bounds the work. */
const maxEdits = 1000;

/** The shortest edit from one text to another by lines (Myers 1986); undefined when they differ in more than 1000 lines. */
export function lineDiff(before: string, after: string): LineDiff[] | undefined {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;

  const middle = shortestEdit(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  if (middle === undefined) return undefined;
  const ops = [...same(head), ...middle, ...same(tail)];
  let [x, y] = [0, 0];
  return ops.map(op => {
    if (op !== 'added') x += 1;
    if (op !== 'removed') y += 1;
    const text = (op === 'removed' ? a[x - 1] : b[y - 1]) ?? '';
    return { op, before: op === 'added' ? null : x, after: op === 'removed' ? null : y, text };
  });
}

type Op = LineDiff['op'];
const same = (count: number): Op[] => Array<Op>(count).fill('same');
const linesOf = (text: string): string[] =>
  text === '' ? [] : text.replace(/(\r\n|\n|\r)$/, '').split(/\r\n|\n|\r/);

function shortestEdit(a: readonly string[], b: readonly string[]): Op[] | undefined {
  const limit = Math.min(maxEdits, a.length + b.length);
  /** The furthest x on each diagonal, and as it was before each edit. */
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let edits = 0; edits <= limit; edits += 1) {
    trace.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = start(furthest, diagonal, edits);
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return walkBack(trace, a.length, b.length);
    }
  }
  return undefined;
}

const goesDown = (furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean =>
  diagonal === -edits ||
  (diagonal !== edits && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1));

const start = (furthest: ReadonlyMap<number, number>, diagonal: number, edits: number): number =>
  goesDown(furthest, diagonal, edits)
    ? (furthest.get(diagonal + 1) ?? 0)
    : (furthest.get(diagonal - 1) ?? 0) + 1;

function walkBack(trace: readonly ReadonlyMap<number, number>[], lengthA: number, lengthB: number): Op[] {
  const ops: Op[] = [];
  let [x, y] = [lengthA, lengthB];
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const furthest = trace[edits] ?? new Map<number, number>();
    const diagonal = x - y;
    const isDown = goesDown(furthest, diagonal, edits);
    const from = isDown ? diagonal + 1 : diagonal - 1;
    const [fromX, fromY] = [furthest.get(from) ?? 0, (furthest.get(from) ?? 0) - from];
    const afterEdit = isDown ? fromX : fromX + 1;
    for (; x > afterEdit; x -= 1) ops.push('same');
    ops.push(isDown ? 'added' : 'removed');
    [x, y] = [fromX, fromY];
  }
  for (; x > 0; x -= 1) ops.push('same');
  return ops.reverse();
}
