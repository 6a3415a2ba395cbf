import { LanguageSupport, StreamLanguage } from '@codemirror/language';

/** The colours of instance-ha.conf: sections, names, values, `$references`, comments. */
export const iniLanguage = new LanguageSupport(
  StreamLanguage.define<{ inValue: boolean }>({
    name: 'ini',
    startState: () => ({ inValue: false }),
    languageData: { commentTokens: { line: '#' } },
    token(stream, state) {
      if (stream.sol()) state.inValue = /^\s/.test(stream.string) && state.inValue;
      if (stream.eatSpace()) return null;
      if (!state.inValue && stream.match(/^[#;].*/)) return 'comment';
      if (!state.inValue && stream.match(/^\[[^\]]*\]?/)) return 'heading';
      if (!state.inValue && stream.match(/^[^=:\s]+(?=\s*[=:])/)) return 'propertyName';
      if (!state.inValue && stream.match(/^[=:]/)) {
        state.inValue = true;
        return 'operator';
      }
      if (stream.match(/^\$\{?[A-Za-z_.]+\}?/)) return 'variableName';
      if (stream.match(/^-?\d+(\.\d+)?\b/)) return 'number';
      if (stream.match(/^(True|False|true|false|yes|no)\b/)) return 'bool';
      stream.next();
      return null;
    },
  }),
);
