import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askMasakari } from '../testing/ask-masakari.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const common = {
  id: 'v1.0',
  status: 'CURRENT',
  version: '1.4',
  min_version: '1.0',
  updated: '2016-07-01T11:33:21Z',
};

describe('the version documents', () => {
  it('tell at / without a token where /v1 is, as the client sees it', async () => {
    const { status, body } = await askMasakari(api, 'GET', '/', { token: null });
    expect(status).toBe(200);
    expect(body).toEqual({ versions: [{ ...common, links: [{ rel: 'self', href: `${api.origin}/v1/` }] }] });
    const proxied = await fetch(`${api.origin}/`, {
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ha.example.org' },
    });
    expect(await proxied.text()).toContain('"https://ha.example.org/v1/"');
  });

  it.each(['/v1', '/v1/', '/v1/versions/v1.0'])('tell at %s what versions there are', async path => {
    const { status, body } = await askMasakari(api, 'GET', path, { version: '1.2' });
    expect(status).toBe(200);
    expect(body).toEqual({
      version: {
        ...common,
        links: [
          { rel: 'self', href: `${api.origin}/v1/` },
          { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
        ],
        'media-types': [
          { base: 'application/json', type: 'application/vnd.openstack.masakari+json;version=1' },
        ],
      },
    });
  });

  it.each(['/v1/0123abcd', '/v1/0123abcd/', '/v1/versions/1'])('are not at %s', async path => {
    expect((await askMasakari(api, 'GET', path)).status).toBe(404);
  });
});

describe('the extensions', () => {
  it('are Masakari’s, by alias', async () => {
    const { body } = await askMasakari(api, 'GET', '/v1/extensions');
    expect(body.extensions.map(({ alias, name }: Record<string, string>) => `${alias}/${name}`)).toEqual([
      'extensions/Extensions',
      'notifications/Notifications',
      'os-hosts/Hosts',
      'segments/Segments',
      'versions/Versions',
      'vmoves/vmoves',
    ]);
    const one = await askMasakari(api, 'GET', '/v1/0123abcd/extensions/os-hosts');
    expect(one.body.extension).toEqual({
      alias: 'os-hosts',
      name: 'Hosts',
      description: expect.any(String),
      namespace: '',
      updated: '',
      links: [],
    });
    expect((await askMasakari(api, 'GET', '/v1/extensions/nothing')).status).toBe(404);
  });
});
