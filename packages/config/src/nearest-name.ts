/** Longer names are not compared: the time grows with the product of both lengths. */
const longestName = 64;

/**
 * The known name that was probably meant, or undefined when none is near: equal but for case and dashes, else
 * the least edit distance (an exchange of neighbours counts as one edit) of at most a third of the length, else
 * the only name that ends or starts with what was written.
 */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  if (written === '' || written.length > longestName) return undefined;
  const plain = simplify(written);
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const name of known) {
    if (Math.abs(name.length - plain.length) >= least) continue;
    const distance = editDistance(plain, simplify(name));
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  if (nearest !== undefined || plain.length < 4) return nearest;
  const containing = known.filter(name => simplify(name).endsWith(plain) || simplify(name).startsWith(plain));
  return containing.length === 1 ? containing[0] : undefined;
}

const simplify = (name: string): string => name.toLowerCase().replaceAll('-', '_');

function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}
