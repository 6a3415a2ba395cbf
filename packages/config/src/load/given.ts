/** Gathers what each layer gives, and complains about everything that no option is read by. */
import type { Alias, Option } from '../catalogue/option.ts';
import {
  type IniAssignment,
  type IniDocument,
  type IniSection,
  type Span,
  sectionKey,
} from '../ini/document.ts';
import { parseIni } from '../ini/parse-ini.ts';
import type { OptionIndex } from '../layout.ts';
import { nearestName } from '../nearest-name.ts';
import type { ConfigLayer } from './layer.ts';
import {
  type ConfigProblem,
  type Place,
  printable,
  type TextLayerKind,
  withoutCredentials,
} from './problem.ts';
import type { ProblemList } from './problem-list.ts';

/** What one layer gives to one option: one text, or each occurrence of a key that may be repeated. */
export type Given = {
  readonly option: Option<unknown>;
  readonly alias: Alias | undefined;
  /** Section and key as written. */
  readonly written: { readonly group: string; readonly name: string };
  /** Where the key stands; of a repeated one the last. */
  readonly keyAt: Place;
  readonly texts: readonly GivenText[];
};

/** One text, and how to find the place of a character in it. */
export type GivenText = {
  readonly text: string;
  readonly at: Place;
  readonly placeOf: (index: number) => Place;
};

/** The values one layer gives, each option at most once. */
export function gather(layer: ConfigLayer, index: OptionIndex, problems: ProblemList): Given[] {
  const single =
    layer.kind === 'environment'
      ? fromVariables(layer.variables, index, problems)
      : fromText(layer, index, problems);
  return withoutTwins(mergeRepeated(single, problems), problems);
}

type TextLayer = Extract<ConfigLayer, { kind: TextLayerKind }>;

function fromText(layer: TextLayer, index: OptionIndex, problems: ProblemList): Given[] {
  const document = parseIni(layer.text, { file: layer.file });
  const place = (span: Span): Place => ({ layer: layer.kind, file: layer.file, span });
  for (const problem of document.problems) {
    problems.error({ code: problem.code, at: place(problem.at), message: problem.message });
  }
  for (const { name, at } of firstHeaders(document)) {
    if (!index.hasSection(sectionKey(name))) {
      problems.error(() => unknownSection(name, document, index, place(at)));
    }
  }
  return document.assignments.flatMap(assignment => {
    const { section, key } = assignment;
    const group = sectionKey(section);
    if (!index.hasSection(group)) return [];
    const written = { group: section, name: key };
    const found = index.find(group, key);
    if (found === undefined) {
      problems.error(() => unknownKey(written, group, index, place(assignment.keyAt)));
      return [];
    }
    if (layer.kind === 'pushed') checkPushable(found.option, assignment, place, problems);
    warnIndentedComment(assignment, place, problems);
    return [{ ...found, written, keyAt: place(assignment.keyAt), texts: [textOf(assignment, place)] }];
  });
}

/** What is pushed reaches monitors and workers, and only once these have found their host, their state and the API. */
function checkPushable(
  option: Option<unknown>,
  { section, key, value, keyAt }: IniAssignment,
  place: (span: Span) => Place,
  problems: ProblemList,
): void {
  const at = place(keyAt);
  const written = { group: section, name: key };
  if (option.hostOnly === true) {
    const message =
      'counts in the file on the host alone, as the host is found and asked by it; set it there';
    problems.error({ code: 'host-only', at, option: written, message });
  } else if (option.services.every(service => service === 'api')) {
    const message = 'has no effect here: the API alone reads it, and takes nothing that is pushed';
    problems.warn({ code: 'no-effect', at, option: written, message });
  } else if (option.type.secret && value === '***') {
    const message =
      'is ***, as a secret is shown to those who may not see it: write the secret itself, or leave it out';
    problems.error({ code: 'masked-secret', at, option: written, message });
  } else if (option.type.secret) {
    const message =
      'is a secret: pushed, it lies in the database in clear and goes to every host of this file; set it in the file on the host';
    problems.warn({ code: 'secret-pushed', at, option: written, message });
  }
}

/** Each section once, by its first header: telling the same unknown one again would not help. */
function firstHeaders(document: IniDocument): IniSection[] {
  const first = new Map<string, IniSection>();
  for (const section of document.sections) {
    if (!first.has(section.name)) first.set(section.name, section);
  }
  return [...first.values()];
}

/** Places inside a value of several lines are found by walking its pieces. */
function textOf(assignment: IniAssignment, place: (span: Span) => Place): GivenText {
  const placeOf = (offset: number): Place => {
    let left = offset;
    for (const piece of assignment.pieces) {
      if (left <= piece.text.length) {
        const column = piece.column + left;
        return place({ line: piece.line, column, endColumn: piece.column + piece.text.length });
      }
      left -= piece.text.length + 1;
    }
    return place(assignment.valueAt);
  };
  return { text: assignment.value, at: place(assignment.valueAt), placeOf };
}

function warnIndentedComment(
  assignment: IniAssignment,
  place: (span: Span) => Place,
  problems: ProblemList,
): void {
  const comment = assignment.pieces.slice(1).find(piece => /^[#;]/.test(piece.text));
  if (comment === undefined) return;
  const { line, column } = comment;
  problems.warn({
    code: 'indented-comment',
    at: place({ line, column, endColumn: column + comment.text.length }),
    option: { group: assignment.section, name: assignment.key },
    message: 'this indented line belongs to the value above; a comment has to start in the first column',
  });
}

/** `OS_<GROUP>__<OPTION>`, in any case; the first two underscores in a row separate. */
const variablePattern = /^OS_(.+?)__(.+)$/i;

function fromVariables(
  variables: Readonly<Record<string, string | undefined>>,
  index: OptionIndex,
  problems: ProblemList,
): Given[] {
  const given: Given[] = [];
  for (const [variable, text] of Object.entries(variables).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [, group, name] = variablePattern.exec(variable) ?? [];
    if (text === undefined || group === undefined || name === undefined) continue;
    const at: Place = { layer: 'environment', variable };
    const section = group.toUpperCase() === 'DEFAULT' ? 'DEFAULT' : group.toLowerCase();
    const written = { group: section, name: name.toLowerCase() };
    const found = index.find(section, written.name);
    if (found !== undefined)
      given.push({ ...found, written, keyAt: at, texts: [{ text, at, placeOf: () => at }] });
    else if (index.hasSection(section)) problems.error(() => unknownKey(written, section, index, at));
    else problems.warn(() => unknownVariable(section, index, at));
  }
  return given;
}

function unknownSection(name: string, document: IniDocument, index: OptionIndex, at: Place): ConfigProblem {
  const key = document.assignments.find(each => each.section === name)?.key;
  const near = nearestName(name.trim(), index.sections()) ?? (key && index.sectionsWith(key)[0]);
  const hint = near === undefined ? `known are ${index.sections().join(', ')}` : `did you mean [${near}]?`;
  const message = `unknown section [${printable(withoutCredentials(name))}]; ${hint}`;
  return { code: 'unknown-section', at, message, ...(near === undefined ? {} : { suggestion: near }) };
}

function unknownKey(
  written: Given['written'],
  section: string,
  index: OptionIndex,
  at: Place,
): ConfigProblem {
  const elsewhere = index.sectionsWith(written.name)[0];
  const near = nearestName(written.name, index.names(section));
  const suggestion =
    elsewhere === undefined ? near && `[${section}] ${near}` : `[${elsewhere}] ${written.name}`;
  const hint = suggestion === undefined ? 'no known name is near' : `did you mean ${suggestion}?`;
  const problem = { code: 'unknown-key', at, option: written, message: `unknown key; ${hint}` } as const;
  return suggestion === undefined ? problem : { ...problem, suggestion };
}

/** Only a warning: an environment is often shared with other services that read OS_ variables of this form. */
function unknownVariable(section: string, index: OptionIndex, at: Place): ConfigProblem {
  const near = nearestName(section, index.sections());
  const hint = near === undefined ? '' : `; did you mean OS_${near.toUpperCase()}__…?`;
  const problem = {
    code: 'unknown-variable',
    at,
    message: `ignored, no section has that name${hint}`,
  } as const;
  return near === undefined ? problem : { ...problem, suggestion: near };
}

/** A key given more than once within one layer: all of them count if it may be repeated, else the last one. */
function mergeRepeated(given: readonly Given[], problems: ProblemList): Given[] {
  const merged = new Map<string, Given>();
  for (const next of given) {
    const key = JSON.stringify([sectionKey(next.written.group), next.written.name]);
    const earlier = merged.get(key);
    const texts = next.option.type.repeats ? [...(earlier?.texts ?? []), ...next.texts] : next.texts;
    merged.set(key, { ...next, texts });
    if (earlier === undefined || next.option.type.repeats) continue;
    problems.warn({
      code: 'repeated-key',
      at: earlier.keyAt,
      option: next.written,
      message: `has no effect, the key is given again ${whereAgain(next)}`,
    });
  }
  return [...merged.values()];
}

function whereAgain({ keyAt }: Given): string {
  if (keyAt.layer === 'environment') return `by ${printable(keyAt.variable)}`;
  return 'span' in keyAt ? `in line ${keyAt.span?.line}` : 'later';
}

/** One option under two names in one layer: fine while they agree, else nobody can say what was meant. */
function withoutTwins(given: readonly Given[], problems: ProblemList): Given[] {
  const kept = new Map<Option<unknown>, Given>();
  for (const next of given) {
    const other = kept.get(next.option);
    if (other === undefined) {
      kept.set(next.option, next);
      continue;
    }
    const [main, twin] = other.alias === undefined ? [other, next] : [next, other];
    kept.set(next.option, main);
    const same =
      JSON.stringify(main.texts.map(each => each.text)) === JSON.stringify(twin.texts.map(each => each.text));
    const name = `[${main.written.group}] ${main.written.name}`;
    const twice = { code: 'given-twice', at: twin.keyAt, option: twin.written } as const;
    if (same)
      problems.warn({ ...twice, message: `is another name of ${name}, which is given too; remove this one` });
    else
      problems.error({
        ...twice,
        message: `is another name of ${name}, which is given too with another value; keep one`,
      });
  }
  return [...kept.values()];
}
