import {
  type ChangePreview,
  type Config,
  formatProblem,
  type LoadResult,
  loadPushed,
  type PushedLayer,
  previewChange,
} from '@instance-ha/config';

/** Loads pushed texts; the same ones once, as most hosts have no text of their own. */
export function pushedLoader(): (layers: readonly PushedLayer[]) => LoadResult {
  const loaded = new Map<string, LoadResult>();
  return layers => {
    const key = JSON.stringify(layers.map(({ name, text }) => [name, text]));
    const known = loaded.get(key) ?? loadPushed(layers);
    loaded.set(key, known);
    return known;
  };
}

export const errorsOf = (loaded: LoadResult): string[] => (loaded.ok ? [] : loaded.errors.map(formatProblem));

const nothing: ChangePreview = { changes: [], restarts: [], unprotected: [] };

/** What `after` in the place of `before` means for a host; nothing where one of them cannot be read. */
export function changeBetween(before: LoadResult, after: LoadResult): ChangePreview {
  const configs = [before, after].flatMap((loaded): Config[] => (loaded.ok ? [loaded.config] : []));
  const [old, now] = configs;
  return configs.length === 2 && old && now ? previewChange(old, now) : nothing;
}
