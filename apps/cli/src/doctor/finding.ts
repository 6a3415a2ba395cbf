/** How bad: `warning`: works, and somebody should know. `problem`: something is not recovered, or would not be. */
export const levels = ['ok', 'warning', 'problem'] as const;
export type Level = (typeof levels)[number];

/** What one check says. */
export type Finding = {
  check: string;
  level: Level;
  /** What should be so. */
  expected: string;
  found: string;
  /** What to do about it; null when all is well. */
  advice: string | null;
  /** The single things that were found, at most `maxItems`; for `--json`. */
  items: string[];
};

export const maxItems = 100;
/** Things named in one line. */
const namedItems = 5;

export const ok = (check: string, expected: string, found: string): Finding => ({
  check,
  level: 'ok',
  expected,
  found,
  advice: null,
  items: [],
});

/** Something that is not as it should be. `found` begins the line, the first few of `items` follow. */
export function bad(
  level: Exclude<Level, 'ok'>,
  check: string,
  told: { expected: string; found: string; advice: string; items?: readonly string[] },
): Finding {
  const { expected, found, advice, items = [] } = told;
  const named = items.slice(0, namedItems).join('; ');
  const more = items.length > namedItems ? `; and ${items.length - namedItems} more` : '';
  return {
    check,
    level,
    expected,
    found: named === '' ? found : `${found}: ${named}${more}`,
    advice,
    items: items.slice(0, maxItems),
  };
}

/** A fact that could not be had: nothing can be said, which is not the same as that all is well. */
export const notAsked = (check: string, expected: string, why: string): Finding =>
  bad('warning', check, {
    expected,
    found: `could not be asked: ${why}`,
    advice: 'mend what stands above first, then ask again',
  });

export function worst(findings: readonly Finding[]): Level {
  if (findings.some(({ level }) => level === 'problem')) return 'problem';
  return findings.some(({ level }) => level === 'warning') ? 'warning' : 'ok';
}
