import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SessionAnswer, sessionHeader } from '@instance-ha/contracts';
import { memoryStores } from '@instance-ha/ports/fakes';
import { systemClock } from '@instance-ha/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi, testHost } from '../testing/start-api.ts';

let folder: string;
let wallMs = Date.now();
let api: TestApi;
/** Another process on the same database and the same key file. */
let other: TestApi;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iha-session-'));
  const clock = { ...systemClock, wallMs: () => wallMs };
  const stores = memoryStores({ clock });
  const config = { api: { authFailureLimit: 5 } };
  api = await startApi({ clock, folder, stores, config });
  other = await startApi({ clock, folder, stores, config });
});
afterAll(async () => {
  await Promise.all([api?.stop(), other?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

const fromConsole = { [sessionHeader]: '1' };

const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}, at = api) =>
  fetch(at.origin + path, init);

const signIn = (body: object, headers: Record<string, string> = fromConsole) =>
  ask('/v2/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function cookieOf(name: string): Promise<string> {
  const response = await signIn({ way: 'token', token: api.token(name) });
  expect(response.status).toBe(200);
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

describe('signing in with a token', () => {
  it('answers who one is and what one may, with a cookie that no script and no other site has a use for', async () => {
    const response = await signIn({ way: 'token', token: ` ${api.token('admin')}\n` });
    const { ways, session } = (await response.json()) as SessionAnswer;
    expect(ways).toEqual(['token']);
    expect(session).toMatchObject({ name: 'admin', scope: 'admin' });
    expect(session?.may).toContain('pause.set');
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^instance-ha-session=iha1\.[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/,
    );
    expect(cookie).not.toContain(api.token('admin'));
    const [written] = (await api.client().v2.audit.list({ query: { action: 'sign-in' } })).body.events;
    expect(written).toMatchObject({
      outcome: 'success',
      initiator: { name: 'admin' },
      target: { type: 'session' },
    });
    expect(api.logged()).not.toContain(cookie.split(';')[0]?.split('=')[1]);
  });

  it('is secure, and for this very host, where a proxy speaks TLS', async () => {
    const headers = { ...fromConsole, 'x-forwarded-proto': 'https' };
    const response = await signIn({ way: 'token', token: api.token('reader') }, headers);
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-instance-ha-session=.*; Secure$/);
  });

  it('lets a reader look and not steer', async () => {
    const cookie = await cookieOf('reader');
    const { session } = (await (
      await ask('/v2/session', { headers: { cookie, ...fromConsole } })
    ).json()) as SessionAnswer;
    expect(session?.may).toContain('notifications.list');
    expect(session?.may).not.toContain('pause.set');
    const steered = await ask('/v2/pause', { method: 'DELETE', headers: { cookie, ...fromConsole } });
    expect(steered.status).toBe(403);
  });

  it('is of no use to a monitor', async () => {
    expect((await signIn({ way: 'token', token: api.token(`monitor-${testHost}`) })).status).toBe(403);
  });

  it('refuses a password where there is no Keystone', async () => {
    expect((await signIn({ way: 'password', user: 'a', userDomain: 'Default', password: 'b' })).status).toBe(
      400,
    );
  });

  it('refuses what it does not know, and bars who guesses', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 6; guess += 1)
      statuses.push((await signIn({ way: 'token', token: `iha_a-wrong-token-number-${guess}` })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await signIn({ way: 'token', token: api.token('admin') })).status).toBe(200);
  });
});

describe('a request with the cookie', () => {
  it('is believed by every process of one database', async () => {
    const cookie = await cookieOf('admin');
    const response = await ask('/v2/whoami', { headers: { cookie, ...fromConsole } }, other);
    expect(await response.json()).toMatchObject({ name: 'admin' });
  });

  it.each([
    ['GET', '/v2/notifications'],
    ['GET', '/v2/session'],
    ['GET', '/v1/segments'],
    ['DELETE', '/v2/pause'],
    ['DELETE', '/v2/session'],
  ])('is refused without the header that other sites cannot send: %s %s', async (method, path) => {
    const cookie = await cookieOf('admin');
    expect((await ask(path, { method, headers: { cookie } })).status).toBe(403);
    expect((await ask(path, { method, headers: { cookie, ...fromConsole } })).status).toBeLessThan(300);
  });

  it('never lets another site sign somebody in', async () => {
    expect((await signIn({ way: 'token', token: api.token('admin') }, {})).status).toBe(403);
  });

  it.each([
    ['was changed', (cookie: string) => `${cookie.slice(0, -4)}AAAA`],
    ['is another kind of seal', () => 'instance-ha-session=iha1.k.AAAA'],
    ['is nonsense', () => 'instance-ha-session=%00'],
  ])('stands for nobody when it %s', async (_how, change) => {
    const cookie = change(await cookieOf('admin'));
    expect((await ask('/v2/whoami', { headers: { cookie, ...fromConsole } })).status).toBe(401);
    const shown = await ask('/v2/session', { headers: { cookie, ...fromConsole } });
    expect(await shown.json()).toEqual({ ways: ['token'], session: null });
  });

  it('stands for nobody once its time is over', async () => {
    const cookie = await cookieOf('admin');
    wallMs += 28_799_000;
    expect((await ask('/v2/whoami', { headers: { cookie, ...fromConsole } })).status).toBe(200);
    wallMs += 2000;
    expect((await ask('/v2/whoami', { headers: { cookie, ...fromConsole } })).status).toBe(401);
  });

  it('ends by signing out', async () => {
    const cookie = await cookieOf('admin');
    const response = await ask('/v2/session', { method: 'DELETE', headers: { cookie, ...fromConsole } });
    expect(response.status).toBe(204);
    expect(response.headers.get('set-cookie')).toMatch(/^instance-ha-session=; .*Max-Age=0$/);
  });
});
