import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testConfig } from '@instance-ha/config/testing';
import { memoryStores } from '@instance-ha/ports/fakes';
import { systemClock } from '@instance-ha/runtime';
import { createTelemetry } from '@instance-ha/telemetry';
import { openKeyFile } from '@instance-ha/vault';
import { afterEach, expect, it } from 'vitest';
import { changeKeys } from './change-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'iha-keys-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keys are changed in three steps, after which the old one may go', async () => {
  const keyFile = join(folder, 'keys');
  const telemetry = createTelemetry({ service: 'api', level: 'silent', format: 'json', version: '0.0.0' });
  const stores = memoryStores({ clock: systemClock });
  const printed: string[] = [];
  const change = (what: string) =>
    changeKeys({
      config: testConfig({ api: { keyFile } }),
      telemetry,
      signal: new AbortController().signal,
      what,
      print: text => printed.push(text),
      openDatabase: async () => ({ stores, lost: new Promise<never>(() => {}) }),
    });
  expect(await change('add')).toBe(1); // There is no file yet: the service makes it.
  const old = await openKeyFile(keyFile, telemetry);
  const by = { initiator: { id: null, name: 'admin', project: null }, requestId: 'req-1' };
  const made = await stores.segments.create(
    { name: 's', description: null, serviceType: 'COMPUTE', recoveryMethod: 'auto', enabled: true },
    by,
  );
  if (!made.ok) throw new Error('the segment was not made');
  const uuid = 'aaaaaaaa-0000-4000-8000-00000000000a';
  await stores.hosts.create(
    {
      uuid,
      name: 'node1',
      segmentUuid: made.record.uuid,
      type: 'COMPUTE',
      reserved: false,
      onMaintenance: false,
      sealedControlAttributes: old.seal('SSH', uuid),
    },
    by,
  );

  expect(await change('add')).toBe(0);
  expect(await change('reseal')).toBe(0);
  const [first = ''] = readFileSync(keyFile, 'utf8').split('\n');
  writeFileSync(keyFile, `${first}\n`);
  const now = await openKeyFile(keyFile, telemetry);
  expect(now.open((await stores.hosts.get(uuid))?.sealedControlAttributes ?? '', uuid)).toBe('SSH');
  expect(await change('reseal')).toBe(0);
  expect(await change('drop')).toBe(64);
  expect(printed.map(text => text.replaceAll(/k[0-9a-f]{12}/g, 'KEY').replaceAll(folder, ''))).toEqual([
    'the key KEY stands first in /keys: give that file to every API of this database and start them anew, then --keys reseal\n',
    'hosts sealed anew: 1; sealed with the first key before: 0\n',
    'hosts sealed anew: 0; sealed with the first key before: 1\n',
    'drop is nothing to do with keys: expected add or reseal\n',
  ]);
  const secret = first.split(' ')[1] ?? '';
  expect(printed.join()).not.toContain(secret);
});
