import type { ConfigLayer } from '../load/layer.ts';

/** One text that was pushed. `name` is for messages. */
export type PushedLayer = { readonly name: string; readonly text: string };

export const pushedLayer = ({ name, text }: PushedLayer): ConfigLayer => ({
  kind: 'pushed',
  file: name,
  text,
});
