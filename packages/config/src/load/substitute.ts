/**
 * Substitution as in oslo.config (`cfg.py: ConfigOpts.Template`): `$name` and `${name}` stand for an option of the
 * same section or else of `[DEFAULT]`, `$group.name` and `${group.name}` for one of another section, `$$` and `\$`
 * for a dollar sign. A dollar sign before anything else, and every `%`, stands for itself.
 *
 * oslo.config leaves a name it does not know as it is; here it is an error, because a path like `/$sate_path/x`
 * is never what was meant.
 */

export type Reference = {
  readonly group: string | undefined;
  readonly name: string;
  /** Where it starts in the text. */
  readonly index: number;
  readonly braced: boolean;
};

/** What a reference stands for, or undefined when that was already reported. */
export type Lookup = (reference: Reference) => string | undefined;

const pattern = /\\\$|\$\$|\$\{([^{}]*)\}|\$([_a-z][_a-z0-9]*(?:\.[_a-z0-9]+)*)/gi;

/** The text with every reference replaced, or undefined when the lookup of one failed. All are looked up. */
export function substitute(text: string, lookup: Lookup): string | undefined {
  let failed = false;
  const replaced = text.replace(pattern, (whole, braced?: string, bare?: string, index?: number) => {
    const path = braced ?? bare;
    if (path === undefined) return '$';
    const dot = path.indexOf('.');
    const value = lookup({
      group: dot < 0 ? undefined : path.slice(0, dot),
      name: path.slice(dot + 1),
      index: index ?? 0,
      braced: braced !== undefined,
    });
    failed ||= value === undefined;
    return value ?? whole;
  });
  return failed ? undefined : replaced;
}

/** The text that substitution turns into `value`. */
export const escapeReferences = (value: string): string => value.replaceAll('$', '$$$$');
