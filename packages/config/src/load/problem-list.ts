import type { ConfigProblem } from './problem.ts';

/** Collects errors and warnings in the order of their layers, then of their place. */
export class ProblemList {
  readonly #errors: ConfigProblem[] = [];
  readonly #warnings: ConfigProblem[] = [];

  error(problem: ConfigProblem): void {
    this.#errors.push(problem);
  }

  warn(problem: ConfigProblem): void {
    this.#warnings.push(problem);
  }

  /** `files` is the order of the layers' files. */
  errors(files: readonly string[]): ConfigProblem[] {
    return inOrder(this.#errors, files);
  }

  warnings(files: readonly string[]): ConfigProblem[] {
    return inOrder(this.#warnings, files);
  }
}

function inOrder(problems: readonly ConfigProblem[], files: readonly string[]): ConfigProblem[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = ({ at }: ConfigProblem): [number, number, number] => {
    if (at.layer === 'default') return [-1, 0, 0];
    if (at.layer === 'environment') return [Number.MAX_SAFE_INTEGER, 0, 0];
    return [order.get(at.file) ?? -1, at.span?.line ?? 0, at.span?.column ?? 0];
  };
  return problems.toSorted((left, right) => {
    const [a, b] = [rank(left), rank(right)];
    return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  });
}
