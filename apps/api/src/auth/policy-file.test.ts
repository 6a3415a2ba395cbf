import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askMasakari, newSegment, registerHosts } from '../testing/ask-masakari.ts';
import { startApi, type TestApi } from '../testing/start-api.ts';

let folder: string;
let policyFile: string;
let api: TestApi | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'iha-policy-'));
  policyFile = join(folder, 'policy.yaml');
});
afterEach(async () => {
  await api?.stop();
  api = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function startWith(text: string): Promise<TestApi> {
  writeFileSync(policyFile, text);
  api = await startApi({ config: { api: { policyFile } } });
  return api;
}

describe('an operator’s policy.yaml', () => {
  it('widens and narrows what the defaults allow, of /v1 and of /v2', async () => {
    const here = await startWith(
      [
        '"os_masakari_api:segments:create": "role:admin or role:reader"',
        '"instance_ha:pause:set": "!"',
        '"os_masakari_api:notifications:index": "rule:admin_api"',
      ].join('\n'),
    );
    const token = here.token('reader');
    const made = await askMasakari(here, 'POST', '/v1/segments', { token, body: newSegment() });
    expect(made.status).toBe(201);
    expect((await askMasakari(here, 'GET', '/v1/notifications', { token })).body).toEqual({
      forbidden: {
        code: 403,
        message: "Policy doesn't allow os_masakari_api:notifications:index to be performed.",
      },
    });
    const pause = await fetch(`${here.origin}/v2/pause`, {
      method: 'PUT',
      headers: { 'x-auth-token': here.token('admin'), 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'x', forMs: 1000 }),
    });
    expect(pause.status).toBe(403);
    expect(await pause.json()).toMatchObject({
      error: { message: 'the policy instance_ha:pause:set does not allow this to admin' },
    });
  });

  it('decides with the change of a host also who sees its control attributes', async () => {
    const here = await startWith('"os_masakari_api:os-hosts:update": "role:reader and not role:admin"');
    const { segment, hosts } = await registerHosts(here, ['node1']);
    const seen = async (name: string): Promise<unknown> =>
      (
        await askMasakari(here, 'GET', `/v1/segments/${segment}/hosts/${hosts[0]}`, {
          token: here.token(name),
        })
      ).body.host.control_attributes;
    expect([await seen('reader'), await seen('admin')]).toEqual(['SSH', '***']);
  });

  it('is told of when it names a rule that nothing asks', async () => {
    const here = await startWith('"os_masakari_api:segment:create": "role:admin"');
    expect(here.logged()).toContain(`${policyFile}:1: `);
  });

  it('stops the start when it cannot be understood, with the line of every fault', async () => {
    const text = '"os_masakari_api:segments:index": "role:"\n"admin_api": "(role:admin"\n';
    await expect(startWith(text)).rejects.toThrow(/policy\.yaml:1: [\s\S]*policy\.yaml:2: /);
  });
});
