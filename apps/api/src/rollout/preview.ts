import {
  type ChangePreview,
  type Config,
  formatProblem,
  type LoadResult,
  loadPushed,
  type PushedLayer,
  previewChange,
} from '@instance-ha/config';
import { type ConfigurationStore, layersOf } from '@instance-ha/ports';

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

/** Reads what hosts are to run at a revision; the text for all hosts and the list of files once for each revision. */
export function layersReader(
  configuration: ConfigurationStore,
): (host: string, revision: number) => Promise<PushedLayer[]> {
  const once = <T>(read: (revision: number) => Promise<T>) => {
    const known = new Map<number, Promise<T>>();
    return (revision: number): Promise<T> => {
      const found = known.get(revision) ?? read(revision);
      known.set(revision, found);
      return found;
    };
  };
  const forAll = once(revision => configuration.get(null, revision));
  const ownHosts = once(
    async revision => new Set((await configuration.files(revision)).map(({ host }) => host)),
  );
  return async (host, revision) => {
    const own = (await ownHosts(revision)).has(host) ? await configuration.get(host, revision) : undefined;
    return layersOf(await forAll(revision), own);
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
