/** Turns what the layers give into typed values: substitution, then reading, each option once. */
import type { Option } from '../catalogue/option.ts';
import { sectionKey } from '../ini/document.ts';
import type { OptionIndex } from '../layout.ts';
import { nearestName } from '../nearest-name.ts';
import type { Given, GivenText } from './given.ts';
import { type Place, type ProblemCode, printable, withoutCredentials } from './problem.ts';
import type { ProblemList } from './problem-list.ts';
import { escapeReferences, type Reference, substitute } from './substitute.ts';

/** A value may be this long, before and after substitution; without a bound a few options could double one another without end. */
const maxValueLength = 16_384;

type Effective = { readonly texts: readonly string[] } | 'failed' | 'resolving';

export type ResolverOptions = {
  readonly index: OptionIndex;
  /** What counts, by option: the highest layer that gives it. */
  readonly winners: ReadonlyMap<Option<unknown>, Given>;
  readonly hostname: string;
  readonly problems: ProblemList;
};

export class Resolver {
  readonly #options: ResolverOptions;
  readonly #effective = new Map<Option<unknown>, Effective>();
  readonly #values = new Map<Option<unknown>, { readonly value: unknown } | undefined>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** The typed value that counts, or undefined when it cannot be had; why is then among the problems. */
  value(option: Option<unknown>): { readonly value: unknown } | undefined {
    if (this.#values.has(option)) return this.#values.get(option);
    const effective = this.#resolve(option);
    const value =
      typeof effective === 'string'
        ? undefined
        : this.#read(this.#winner(option), effective.texts, 'bad-value');
    this.#values.set(option, value);
    return value;
  }

  /** Reads a value that a higher layer overrides, only to warn of what is wrong with it. */
  checkOverridden(given: Given): void {
    const texts = given.texts.map(({ text }) =>
      text.length > maxValueLength
        ? undefined
        : substitute(text, reference => this.#peek(given.option, reference)),
    );
    const whole = texts.filter(text => text !== undefined);
    if (whole.length === texts.length) this.#read(given, whole, 'overridden-bad-value');
  }

  #winner(option: Option<unknown>): Given {
    const given = this.#options.winners.get(option);
    const unset = option.defaultFrom !== undefined && given?.texts.at(-1)?.text === '';
    return given === undefined || unset ? this.#byDefault(option) : given;
  }

  #byDefault(option: Option<unknown>): Given {
    const at: Place = { layer: 'default' };
    const found = option.defaultFrom === 'hostname' ? escapeReferences(this.#options.hostname) : undefined;
    const text = option.default ?? found ?? '';
    return { option, alias: undefined, written: option, keyAt: at, texts: [{ text, at, placeOf: () => at }] };
  }

  #resolve(option: Option<unknown>): Effective {
    const known = this.#effective.get(option);
    if (known !== undefined) return known;

    this.#effective.set(option, 'resolving');
    const given = this.#winner(option);
    const texts = given.texts.map(each => this.#substitute(given, each));
    const whole = texts.filter(text => text !== undefined);
    const effective = whole.length === texts.length ? { texts: whole } : 'failed';
    this.#effective.set(option, effective);
    return effective;
  }

  #substitute(given: Given, { text, at, placeOf }: GivenText): string | undefined {
    if (text.length > maxValueLength) return this.#tooLong(given, at, text.length);
    const result = substitute(text, reference => this.#lookUp(given, reference, placeOf(reference.index)));
    if (result === undefined || result.length <= maxValueLength) return result;
    return this.#tooLong(given, at, result.length);
  }

  #tooLong(given: Given, at: Place, length: number): undefined {
    this.#complain('too-long', given, at, `expected at most ${maxValueLength} characters, found ${length}`);
  }

  #lookUp(given: Given, reference: Reference, at: Place): string | undefined {
    const target = this.#target(given.option, reference);
    const name = printable(
      reference.group === undefined ? reference.name : `${reference.group}.${reference.name}`,
    );
    if (target === undefined) {
      const { secret } = given.option.type;
      const what = secret ? 'a reference to an unknown option' : `unknown option in $${name}`;
      const message = `${what}; ${secret ? 'write $$ for a dollar sign' : this.#hint(given.option, reference)}`;
      this.#complain('unknown-reference', given, at, message);
      return undefined;
    }
    if (target.type.secret && !given.option.type.secret) {
      this.#complain('secret-reference', given, at, `$${name} is a secret and this value is shown`);
      return undefined;
    }
    const effective = this.#resolve(target);
    if (effective === 'resolving') {
      this.#complain('reference-cycle', given, at, `$${name} leads back to this value`);
      return undefined;
    }
    // What is wrong with the other value was said there; saying it again here would send people to the wrong line.
    return effective === 'failed' || this.value(target) === undefined ? undefined : effective.texts.join(',');
  }

  /** As `#lookUp`, but silent: for values that do not count. */
  #peek(from: Option<unknown>, reference: Reference): string | undefined {
    const target = this.#target(from, reference);
    if (target === undefined || (target.type.secret && !from.type.secret)) return undefined;
    const effective = this.#resolve(target);
    return typeof effective === 'string' ? undefined : effective.texts.join(',');
  }

  #target(from: Option<unknown>, { group, name }: Reference): Option<unknown> | undefined {
    const { index } = this.#options;
    if (group !== undefined) return index.find(sectionKey(group), name)?.option;
    return (index.find(from.group, name) ?? index.find('DEFAULT', name))?.option;
  }

  #hint(from: Option<unknown>, { group, name, braced }: Reference): string {
    const { index } = this.#options;
    if (
      group !== undefined &&
      !braced &&
      this.#target(from, { group: undefined, name: group, index: 0, braced })
    ) {
      return `write \${${printable(group)}}.${printable(name)} if that was meant, or $$ for a dollar sign`;
    }
    const sections = group === undefined ? [from.group, 'DEFAULT'] : [sectionKey(group)];
    const near = nearestName(
      name,
      sections.flatMap(section => index.names(section)),
    );
    const elsewhere = index.sectionsWith(name)[0];
    const meant = elsewhere === undefined ? near : `${elsewhere}.${name}`;
    const dollar = 'write $$ for a dollar sign';
    return meant === undefined
      ? dollar
      : `did you mean $${group && !elsewhere ? `${group}.` : ''}${meant}? Otherwise ${dollar}`;
  }

  #read(given: Given, texts: readonly string[], code: ProblemCode): { value: unknown } | undefined {
    const { option } = given;
    const first = given.texts[0];
    const at: Place = first?.at ?? { layer: 'default' };
    const overridden = code === 'overridden-bad-value';
    const control = texts.map(text => text.search(controlCharacter)).find(index => index >= 0);
    if (control !== undefined) {
      if (!overridden)
        this.#complain('control-character', given, at, 'expected a text without control characters');
      return undefined;
    }
    const read = option.type.read(texts);
    if (read.ok) return { value: read.value };

    const expected = option.type.expects;
    const shown = texts.at(-1) ?? '';
    const found = option.type.hidesWrong
      ? '***'
      : shown === ''
        ? 'nothing'
        : `"${printable(withoutCredentials(shown), 80)}"`;
    const from =
      at.layer === 'default' && option.defaultFrom !== undefined ? ` as the ${option.defaultFrom}` : '';
    const hint = read.hint === undefined ? '' : `; ${read.hint}`;
    const message = `expected ${expected}, found ${found}${from}${hint}`;
    const problem = { code, at, option: written(given), message, expected, found };
    if (overridden)
      this.#options.problems.warn({ ...problem, message: `${message} (overridden by a later layer)` });
    else this.#options.problems.error(problem);
    return undefined;
  }

  #complain(code: ProblemCode, given: Given, at: Place, message: string): void {
    this.#options.problems.error({ code, at, option: written(given), message });
  }
}

const written = (given: Given): { group: string; name: string } => ({
  group: given.written.group,
  name: given.written.name,
});

/** Any control character but the tab and the line feed between the lines of a value. */
const controlCharacter = /[^\P{Cc}\t\n]/u;
