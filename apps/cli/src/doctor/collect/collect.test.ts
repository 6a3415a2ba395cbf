import { resolveSettings } from '@instance-ha/openstack';
import { type FakeOpenStack, startFakeOpenStack } from '@instance-ha/openstack/fake-nova';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openrc } from '../../../testing/clouds.ts';
import { connectCloud } from '../../openstack/cloud.ts';
import { collectApiFacts } from './api-facts.ts';
import { ask } from './ask.ts';
import { collectCloudFacts } from './cloud-facts.ts';

const bounds = (timeoutMs: number) => ({ timeoutMs, signal: new AbortController().signal });
const never = new Promise<never>(() => {});

describe('a question', () => {
  it('that is never answered ends with its time, though it takes no heed of its signal', async () => {
    expect(await ask('asking nobody', bounds(20), () => never)).toEqual({
      ok: false,
      why: 'asking nobody did not end within 20 ms',
    });
  });

  it('that fails is a fact, and not an error', async () => {
    const failing = async () => Promise.reject(new Error('refused'));
    expect(await ask('asking', bounds(1000), failing)).toEqual({ ok: false, why: 'refused' });
  });

  it('is told when its time is over', async () => {
    let heard: AbortSignal | undefined;
    await ask('asking', bounds(20), async ({ signal }) => {
      heard = signal;
      return never;
    });
    expect(heard?.aborted).toBe(true);
  });

  it('ends with the command, by its reason', async () => {
    const command = new AbortController();
    const asked = ask('asking', { timeoutMs: 60_000, signal: command.signal }, async ({ signal }) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      return promise;
    });
    command.abort(new Error('Ctrl-C'));
    await expect(asked).rejects.toThrow('Ctrl-C');
  });
});

describe('an API that hangs', () => {
  it('in one part leaves the others their answers', async () => {
    const fetch: typeof globalThis.fetch = async input => {
      const url = String(input instanceof Request ? input.url : input);
      if (url.includes('/v2/pause')) return never;
      const body = url.includes('/readyz')
        ? { ready: true, detail: 'the database answers' }
        : { workers: [] };
      return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
    };
    const url = 'http://127.0.0.1:1';
    const facts = await collectApiFacts({ url, token: { ok: true, value: 't' }, fetch }, bounds(100));
    expect(facts.pause).toMatchObject({ ok: false });
    expect(facts.workers).toEqual({ ok: true, value: [] });
    expect(facts.readiness).toMatchObject({ ok: true });
    expect(facts.version).toMatchObject({
      ok: false,
      why: expect.stringContaining('not the API of Instance HA'),
    });
  });
});

describe('a cloud', () => {
  let cloud: FakeOpenStack;
  beforeEach(async () => {
    cloud = await startFakeOpenStack({ hosts: ['node1'] });
  });
  afterEach(() => cloud.close());
  const collect = (timeoutMs = 5000) =>
    collectCloudFacts(resolveSettings({ environment: openrc(cloud) }), connectCloud, bounds(timeoutMs));

  it('that is silent is given up', async () => {
    cloud.fallSilent();
    const facts = await collect(100);
    expect(facts.settings.ok).toBe(true);
    expect(facts.login).toMatchObject({ ok: false, why: expect.stringContaining('100 ms') });
  });

  it('whose Nova hangs in one part tells the rest', async () => {
    cloud.faults.add({ path: /\/servers\/detail/, does: 'hang' });
    const facts = await collect(1000);
    expect(facts.listAllServers).toMatchObject({ ok: false });
    expect(facts.services).toMatchObject({ ok: true, value: [{ host: 'node1' }] });
    expect(facts.updateServices).toMatchObject({ ok: true, value: { allowed: true } });
  });

  it('that answers neither yes nor no is believed neither', async () => {
    cloud.faults.add({
      method: 'PUT',
      does: 'answer',
      status: 500,
      body: '{"computeFault": {"message": "broken"}}',
    });
    expect((await collect()).updateServices).toMatchObject({
      ok: false,
      why: expect.stringContaining('broken'),
    });
  });

  it('that refuses us says so in its own words', async () => {
    cloud.faults.add({
      path: /\/servers\/detail/,
      does: 'answer',
      status: 403,
      body: '{"forbidden": {"message": "Policy says no"}}',
    });
    expect((await collect()).listAllServers).toMatchObject({
      ok: true,
      value: { allowed: false, detail: 'Policy says no' },
    });
  });
});
