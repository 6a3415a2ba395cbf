import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@instance-ha/config';
import { testConfig } from '@instance-ha/config/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { namesCloud, settingsFromConfig } from './from-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'clouds-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { openstack } = testConfig();

describe('the cloud that a configuration names', () => {
  it('is completed by the environment', () => {
    const resolved = settingsFromConfig(
      { ...openstack, authUrl: 'http://keystone:5000', username: 'ha', password: new Secret('hunter2') },
      { OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_NAME: 'service', OS_PROJECT_DOMAIN_NAME: 'Default' },
    );
    expect(resolved).toMatchObject({ ok: true, settings: { authUrl: 'http://keystone:5000/v3' } });
  });

  it('is read from its clouds.yaml', () => {
    const cloudsFile = join(folder, 'clouds.yaml');
    writeFileSync(
      cloudsFile,
      'clouds:\n  east:\n    auth_type: v3applicationcredential\n    auth: {auth_url: "http://east:5000", application_credential_id: a, application_credential_secret: b}\n',
    );
    expect(settingsFromConfig({ ...openstack, cloudsFile, cloud: 'east' }, {})).toMatchObject({
      ok: true,
      settings: { authUrl: 'http://east:5000/v3' },
    });
  });

  it('is refused with the file that cannot be read', () => {
    const cloudsFile = join(folder, 'none.yaml');
    expect(settingsFromConfig({ ...openstack, cloudsFile }, {})).toEqual({
      ok: false,
      errors: [expect.stringContaining(`clouds_file ${cloudsFile} cannot be read`)],
    });
  });

  it('is none where nothing names one', () => {
    expect(namesCloud(openstack, { OS_PASSWORD: 'x' })).toBe(false);
    expect(namesCloud(openstack, { OS_CLOUD: 'east' })).toBe(true);
    expect(namesCloud({ ...openstack, authUrl: 'http://keystone:5000' }, {})).toBe(true);
  });
});
