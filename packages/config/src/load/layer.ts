import type { TextLayerKind } from './problem.ts';

/** One source of values. */
export type ConfigLayer =
  | {
      readonly kind: TextLayerKind;
      /** Name for messages; nothing is opened. */
      readonly file: string;
      readonly text: string;
    }
  | { readonly kind: 'environment'; readonly variables: Readonly<Record<string, string | undefined>> };

const precedence = ['file', 'overlay', 'pushed', 'environment'] as const satisfies ConfigLayer['kind'][];

/** Later layers win: files in the order given, the overlay folder's by name, the pushed ones, the environment. */
export function inPrecedence(layers: readonly ConfigLayer[]): ConfigLayer[] {
  return precedence.flatMap(kind => {
    const same = layers.filter(layer => layer.kind === kind);
    return kind === 'overlay' ? same.toSorted(byFile) : same;
  });
}

function byFile(left: ConfigLayer, right: ConfigLayer): number {
  const [a, b] = [nameOf(left), nameOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

const nameOf = (layer: ConfigLayer): string =>
  layer.kind === 'environment' ? '' : (layer.file.split('/').at(-1) ?? '');
