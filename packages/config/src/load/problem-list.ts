import { type ConfigProblem, maxProblems, type Place } from './problem.ts';

/**
 * Collects errors and warnings, and gives them in the order of their layers, then of their places. Of each at most
 * `maxProblems` are kept; one more tells how many there were beyond.
 */
export class ProblemList {
  readonly #errors = new Bounded();
  readonly #warnings = new Bounded();

  /** Takes a function where a problem costs time to word; it is not called once the list is full. */
  error(problem: ConfigProblem | (() => ConfigProblem)): void {
    this.#errors.add(problem);
  }

  warn(problem: ConfigProblem | (() => ConfigProblem)): void {
    this.#warnings.add(problem);
  }

  /** `files` is the order of the layers' files. */
  errors(files: readonly string[]): ConfigProblem[] {
    return this.#errors.inOrder(files);
  }

  warnings(files: readonly string[]): ConfigProblem[] {
    return this.#warnings.inOrder(files);
  }
}

class Bounded {
  readonly #problems: ConfigProblem[] = [];
  #beyond = 0;

  add(problem: ConfigProblem | (() => ConfigProblem)): void {
    if (this.#problems.length >= maxProblems) this.#beyond += 1;
    else this.#problems.push(typeof problem === 'function' ? problem() : problem);
  }

  inOrder(files: readonly string[]): ConfigProblem[] {
    const order = new Map(files.map((file, index) => [file, index]));
    const sorted = this.#problems
      .map(problem => ({ problem, rank: rankOf(problem.at, order) }))
      .toSorted(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
      .map(({ problem }) => problem);
    const last = sorted.at(-1);
    if (this.#beyond === 0 || last === undefined) return sorted;
    return [
      ...sorted,
      { code: 'too-many-problems', at: last.at, message: `and ${this.#beyond} more like these` },
    ];
  }
}

type Rank = readonly [layer: number, line: number, column: number];

function rankOf(at: Place, order: ReadonlyMap<string, number>): Rank {
  if (at.layer === 'default') return [-1, 0, 0];
  if (at.layer === 'environment') return [Number.MAX_SAFE_INTEGER, 0, 0];
  return [order.get(at.file) ?? -1, at.span?.line ?? 0, at.span?.column ?? 0];
}
