import { autocompletion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import type { CatalogueOption } from '@instance-ha/contracts';
import { nameOf, placeAt, sectionAbove } from './ini-cursor.ts';

type Catalogue = readonly CatalogueOption[];

/** Completion and hover help from the catalogue of options. */
export const optionHelp = (catalogue: Catalogue): Extension => [
  autocompletion({ override: [context => complete(catalogue, context)], icons: false }),
  hoverTooltip((view, position) => {
    const line = view.state.doc.lineAt(position);
    const found = nameOf(line.text);
    const option =
      found && findOption(catalogue, sectionAbove(view.state.doc.sliceString(0, line.from)), found.name);
    if (!found || !option) return null;
    return {
      pos: line.from + found.from,
      end: line.from + found.to,
      create: () => ({ dom: helpElement(option) }),
    };
  }),
];

const findOption = (catalogue: Catalogue, section: string, name: string): CatalogueOption | undefined =>
  catalogue.find(option => option.section === section && option.name === name);

function complete(catalogue: Catalogue, context: CompletionContext): CompletionResult | null {
  const place = placeAt(context.state.doc.sliceString(0, context.pos));
  switch (place.at) {
    case 'nothing':
      return null;
    case 'section':
      return {
        from: place.from,
        options: [...new Set(catalogue.map(({ section }) => section))].map(label => ({ label })),
      };
    case 'name':
      if (place.typed === '' && !context.explicit) return null;
      return {
        from: place.from,
        options: catalogue
          .filter(({ section }) => section === place.section)
          .map(option => ({
            label: option.name,
            apply: `${option.name} = `,
            detail: option.default ?? '',
            info: () => helpElement(option),
          })),
      };
    case 'value': {
      const option = findOption(catalogue, place.section, place.name);
      const values = option?.choices ?? (option?.kind === 'boolean' ? ['True', 'False'] : []);
      return values.length === 0 ? null : { from: place.from, options: values.map(label => ({ label })) };
    }
  }
}

/** The editor's tips are plain elements, filled with text and never with HTML. */
function helpElement(option: CatalogueOption): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'option-help';
  const line = (text: string, tag: 'div' | 'b' = 'div'): void => {
    const element = document.createElement(tag);
    element.textContent = text;
    dom.append(element);
  };
  line(`[${option.section}] ${option.name}`, 'b');
  line(option.description);
  line(`Expects ${option.expects}. Default: ${option.default ?? option.defaultFrom ?? 'not set'}.`);
  line(
    option.hostOnly
      ? 'Counts only in the file on the host.'
      : option.reloadable
        ? 'Taken without a restart.'
        : 'The services restart their loops for it.',
  );
  return dom;
}
