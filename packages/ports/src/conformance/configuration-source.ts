import assert from 'node:assert/strict';
import type { ConfigurationSource, ServiceSighting } from '../configuration.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A source for one service, and the other side of it. */
export type ConfigurationSourceWorld = {
  source: ConfigurationSource;
  /** From now on the service's host is to run this text; answers its revision. */
  want: (text: string) => Promise<number>;
  /** What is known of the service. */
  sighting: () => Promise<ServiceSighting | undefined>;
};

const text = '[DEFAULT]\ninstance_check_interval = 5\n';
const layers = [{ name: 'instance-ha.conf', text }];
const unhurried = (): { waitMs: number; signal: AbortSignal } => ({
  waitMs: 20_000,
  signal: AbortSignal.timeout(15_000),
});
const hurried = (): { waitMs: number; signal: AbortSignal } => ({ ...unhurried(), waitMs: 0 });

/** What every `ConfigurationSource` promises. */
export const configurationSourceConformance: readonly ConformanceCase<ConfigurationSourceWorld>[] = [
  {
    name: 'leaves what runs as it is where nobody ever said what to run, and is known to have asked',
    async check({ source, sighting }) {
      assert.equal(await source.wanted(7, hurried()), 'unchanged');
      const found = await sighting();
      assert.equal(found?.state, null);
    },
  },
  {
    name: 'answers at once what is wanted, with its texts, and not again once it is known',
    async check({ source, want }) {
      const revision = await want(text);
      assert.deepEqual(await source.wanted(0, unhurried()), { revision, layers });
      assert.equal(await source.wanted(revision, hurried()), 'unchanged');
    },
  },
  {
    name: 'answers a question that is open as soon as another revision is wanted',
    async check({ source, want }) {
      const known = await want('# nothing\n');
      const asking = source.wanted(known, unhurried());
      const revision = await want(text);
      assert.deepEqual(await asking, { revision, layers });
    },
  },
  {
    name: 'lets a question go with the reason of whoever asked',
    async check({ source, want }) {
      const known = await want(text);
      const left = new AbortController();
      const asking = source.wanted(known, { waitMs: 20_000, signal: left.signal });
      const reason = new Error('the service stops');
      left.abort(reason);
      await assert.rejects(asking, error => error === reason);
    },
  },
  {
    name: 'hands on what the service says of itself',
    async check({ source, sighting }) {
      await source.report({ wanted: 4, running: 3, state: 'failed', error: 'line 2' }, hurried());
      const { wanted, running, state, error } = (await sighting()) ?? {};
      assert.deepEqual([wanted, running, state, error], [4, 3, 'failed', 'line 2']);
    },
  },
];
