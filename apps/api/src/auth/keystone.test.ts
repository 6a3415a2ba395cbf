import { Secret } from '@instance-ha/config';
import type { ConfigOverrides } from '@instance-ha/config/testing';
import { sessionHeader } from '@instance-ha/contracts';
import {
  type FakeOpenStack,
  type FakeUser,
  fakeAdmin,
  startFakeOpenStack,
} from '@instance-ha/openstack/fake-nova';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, askMasakari, newHost, newSegment } from '../testing/ask-masakari.ts';
import { startApi, type TestApi, testHost } from '../testing/start-api.ts';

const member: FakeUser = { id: 'member-id', name: 'demo', password: 'x', roles: ['member', 'reader'] };
const auditor: FakeUser = {
  id: 'auditor-id',
  name: 'auditor',
  password: 'x',
  roles: ['reader'],
  system: true,
};
const publicUri = 'https://keystone.example.org/v3';

let cloud: FakeOpenStack;
let api: TestApi;
beforeEach(async () => {
  cloud = await startFakeOpenStack({
    hosts: [testHost],
    keystone: { users: [fakeAdmin, member, auditor] },
  });
  api = await startApi({
    config: {
      api: { authStrategy: 'keystone' },
      keystoneAuthtoken: {
        authUrl: cloud.authUrl,
        wwwAuthenticateUri: publicUri,
        username: fakeAdmin.name,
        password: new Secret(fakeAdmin.password),
        projectName: 'admin',
      },
    },
  });
});
afterEach(async () => {
  await api.stop();
  await cloud.close();
});

const tokenOf = (user: FakeUser): string => cloud.keystone.issueTo(user);
const segments = (token: string | null): Promise<Answer> =>
  askMasakari(api, 'GET', '/v1/segments', { token });

describe('a token of Keystone', () => {
  it('of an admin may all, as X-Auth-Token and as Bearer, of /v1 and of /v2', async () => {
    const token = tokenOf(fakeAdmin);
    const made = await askMasakari(api, 'POST', '/v1/segments', { token, body: newSegment() });
    expect(made.status).toBe(201);
    const bearer = await fetch(`${api.origin}/v2/whoami`, { headers: { authorization: `Bearer ${token}` } });
    expect(await bearer.json()).toEqual({ name: 'admin', scope: 'admin', host: null });
    const { initiator } = (await api.stores.audit.list({}, { limit: 1 }))[0] ?? {};
    expect(initiator).toEqual({ id: 'admin-id', name: 'admin', project: 'admin-project' });
  });

  it('of a member of a project may nothing, for it has the role reader in one project only', async () => {
    const token = tokenOf(member);
    expect(await segments(token)).toMatchObject({
      status: 403,
      body: {
        forbidden: {
          code: 403,
          message: "Policy doesn't allow os_masakari_api:segments:index to be performed.",
        },
      },
    });
    const native = await fetch(`${api.origin}/v2/guests`, { headers: { 'x-auth-token': token } });
    expect(await native.json()).toMatchObject({
      error: { message: 'this needs a token of scope admin or reader; demo has none of them' },
    });
  });

  it('of a reader of the whole system may look, and not change', async () => {
    const token = tokenOf(auditor);
    expect((await segments(token)).status).toBe(200);
    const refused = await askMasakari(api, 'POST', '/v1/segments', { token, body: newSegment() });
    expect(refused.status).toBe(403);
  });

  it('is asked for once and then believed', async () => {
    const token = tokenOf(fakeAdmin);
    for (let turn = 0; turn < 5; turn += 1) expect((await segments(token)).status).toBe(200);
    expect(cloud.keystone.validations).toBe(1);
  });

  it('of another project than the address names is refused as Masakari refuses it', async () => {
    const answer = await askMasakari(api, 'GET', '/v1/abc123/segments', { token: tokenOf(fakeAdmin) });
    expect(answer.body).toEqual({
      badRequest: {
        code: 400,
        message:
          "Malformed request URL: URL's project_id 'abc123' doesn't match Context's project_id 'admin-project'",
      },
    });
  });
});

describe('nobody comes in', () => {
  it.each([
    ['without a token', () => null],
    ['with a token that Keystone does not know', () => 'gAAAAABnever-issued'],
    ['with one that has expired', () => cloud.keystone.issueTo(fakeAdmin, -1)],
    ['with one of ours that was never made', () => 'iha_this-token-was-never-made'],
  ])('%s: 401 with Keystone’s body, and where Keystone is', async (_name, token) => {
    const answer = await segments(token());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(`Keystone uri="${publicUri}"`);
    expect(answer.body).toEqual({
      error: {
        code: 401,
        title: 'Unauthorized',
        message: 'The request you have made requires authentication.',
      },
    });
  });

  it('while Keystone is away: 503, and no token is in the log', async () => {
    const token = tokenOf(fakeAdmin);
    await cloud.close();
    const answer = await segments(token);
    expect(answer).toMatchObject({
      status: 503,
      body: {
        serviceUnavailable: { message: 'Keystone cannot be asked now whose token this is; try again' },
      },
    });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(api.logged()).not.toContain(token);
    expect(api.logged()).not.toContain(`"${fakeAdmin.password}"`);
  });
});

describe('our own tokens', () => {
  it('are good beside those of Keystone, also while it is away', async () => {
    await cloud.close();
    expect((await segments(api.token('admin'))).status).toBe(200);
    expect((await segments(api.token(`monitor-${testHost}`))).status).toBe(403);
  });
});

describe('a host', () => {
  const create = async (name: string): Promise<Answer> => {
    const made = await askMasakari(api, 'POST', '/v1/segments', { body: newSegment() });
    return askMasakari(api, 'POST', `/v1/segments/${made.body.segment.uuid}/hosts`, {
      body: newHost({ name }),
    });
  };

  it('is taken when Nova has a compute service on it', async () => {
    expect((await create(testHost)).status).toBe(201);
  });

  it('is refused when Nova has none', async () => {
    expect(await create('no-such-host')).toMatchObject({
      status: 400,
      body: { badRequest: { message: 'Compute service with name no-such-host could not be found.' } },
    });
  });

  it('is neither taken nor refused while Nova is away', async () => {
    cloud.faults.add({ path: /os-services/, does: 'drop' });
    expect((await create(testHost)).status).toBe(503);
  });
});

describe('signing in to the console with a user of Keystone', () => {
  const signIn = (words: object) =>
    fetch(`${api.origin}/v2/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [sessionHeader]: '1' },
      body: JSON.stringify({ way: 'password', userDomain: 'Default', ...words }),
    });
  const words = { user: fakeAdmin.name, password: fakeAdmin.password, project: 'admin' };

  it('gets the token from Keystone, and acts by it from then on', async () => {
    const response = await signIn(words);
    expect(await response.json()).toMatchObject({
      ways: ['password', 'token'],
      session: { name: 'admin', scope: 'admin' },
    });
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    const whoami = await fetch(`${api.origin}/v2/whoami`, { headers: { cookie, [sessionHeader]: '1' } });
    expect(await whoami.json()).toMatchObject({ name: 'admin', scope: 'admin' });
    expect(api.logged()).not.toContain(fakeAdmin.password);
  });

  it('lets a reader of the whole system in without a project', async () => {
    const { session } = (await (await signIn({ user: auditor.name, password: auditor.password })).json()) as {
      session: { scope: string; may: string[] };
    };
    expect(session.scope).toBe('reader');
    expect(session.may).not.toContain('pause.set');
  });

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['a user that is not there', { user: 'nobody' }],
  ])('refuses %s', async (_what, wrong) => {
    expect((await signIn({ ...words, ...wrong })).status).toBe(401);
  });
});

describe('without anybody in [keystone_authtoken]', () => {
  const startAs = async (options: { config?: ConfigOverrides; environment?: Record<string, string> }) => {
    await api.stop();
    api = await startApi({ ...options, config: { api: { authStrategy: 'keystone' }, ...options.config } });
  };
  const password = new Secret(fakeAdmin.password);
  const admin = { userDomainName: 'Default', projectName: 'admin', projectDomainName: 'Default' };

  it('Keystone is asked as the user of [openstack], and clients are told its address', async () => {
    await startAs({
      config: { openstack: { authUrl: cloud.authUrl, username: fakeAdmin.name, password, ...admin } },
    });
    expect((await segments(tokenOf(fakeAdmin))).status).toBe(200);
    expect((await segments(null)).headers.get('www-authenticate')).toBe(`Keystone uri="${cloud.authUrl}"`);
  });

  it('what [openstack] leaves open is in the environment', async () => {
    await startAs({
      config: { openstack: { ...admin, username: fakeAdmin.name } },
      environment: { OS_AUTH_URL: cloud.authUrl, OS_PASSWORD: fakeAdmin.password },
    });
    expect((await segments(tokenOf(fakeAdmin))).status).toBe(200);
  });

  it('the API does not start where [openstack] names nobody either, and says what is missing', async () => {
    await expect(startAs({})).rejects.toThrow(
      /auth_strategy = keystone, with nobody named in \[keystone_authtoken\], needs to know its cloud by \[openstack\]: .*OS_AUTH_URL/,
    );
    api = await startApi();
  });
});
