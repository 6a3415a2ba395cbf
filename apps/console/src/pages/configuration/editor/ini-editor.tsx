import { closeBrackets } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import type { CatalogueOption, ConfigurationProblem } from '@instance-ha/contracts';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';
import { styleNonce } from '../../../app/nonce.ts';
import './editor.css';
import { iniLanguage } from './ini-language.ts';
import { marksOf } from './lint-marks.ts';
import { optionHelp } from './option-help.ts';

type Props = {
  /** The text to begin with; another `key` begins with another one. */
  text: string;
  catalogue: readonly CatalogueOption[];
  problems: readonly ConfigurationProblem[];
  readOnly: boolean;
  onChange: (text: string) => void;
  onSave: () => void;
};

const colours = HighlightStyle.define([
  { tag: tags.comment, class: 'ini-comment' },
  { tag: tags.heading, class: 'ini-section' },
  { tag: tags.propertyName, class: 'ini-name' },
  { tag: tags.number, class: 'ini-number' },
  { tag: tags.bool, class: 'ini-number' },
  { tag: tags.variableName, class: 'ini-reference' },
]);

/** The editor of one file. Escape, then Tab, leaves it. */
export default function IniEditor({ text, catalogue, problems, readOnly, onChange, onSave }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const told = useRef({ onChange, onSave });
  told.current = { onChange, onSave };

  // The editor keeps its own text; another one comes with another key.
  useEffect(() => {
    if (!place.current) return undefined;
    const save = () => {
      told.current.onSave();
      return true;
    };
    view.current = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(styleNonce),
          lineNumbers(),
          highlightActiveLineGutter(),
          highlightActiveLine(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          highlightSelectionMatches(),
          iniLanguage,
          syntaxHighlighting(colours),
          lintGutter(),
          optionHelp(catalogue),
          EditorState.readOnly.of(readOnly),
          EditorView.contentAttributes.of({ 'aria-label': 'instance-ha.conf' }),
          keymap.of([{ key: 'Mod-s', run: save }, ...defaultKeymap, ...historyKeymap, ...searchKeymap]),
          EditorView.updateListener.of(update => {
            if (update.docChanged) told.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => view.current?.destroy();
  }, [catalogue, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    const marks = marksOf(problems, { count: doc.lines, line: number => doc.line(number) });
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [problems]);

  return <div ref={place} className="ini-editor" />;
}
