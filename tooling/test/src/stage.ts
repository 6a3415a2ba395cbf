/** One stage of `npm test`. */
export type Stage = {
  name: string;
  /** What it shows, for `--help`. */
  about: string;
  run: (context: StageContext) => Promise<Count>;
};

export type StageContext = {
  root: string;
  /** Where a stage may leave files; emptied at the start. */
  results: string;
  ci: boolean;
  /** Whether `--only` asks for this stage by its name: then it runs where it would else be left out. */
  named: boolean;
  say: (line: string) => void;
  signal: AbortSignal;
};

export type Count = { passed: number; failed: number; skipped: number };

export const none: Count = { passed: 0, failed: 0, skipped: 0 };

export const add = (a: Count, b: Count): Count => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});
