import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@instance-ha/config';
import { testConfig } from '@instance-ha/config/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from './read-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'clouds-'));
afterAll(() => rmSync(folder, { recursive: true }));
const { openstack } = testConfig();
const because = 'a test';

describe('the cloud that a configuration names', () => {
  it('is completed by the environment', () => {
    const settings = readSettings({
      openstack: {
        ...openstack,
        authUrl: 'http://keystone:5000',
        username: 'ha',
        password: new Secret('hunter2'),
      },
      environment: {
        OS_USER_DOMAIN_NAME: 'Default',
        OS_PROJECT_NAME: 'service',
        OS_PROJECT_DOMAIN_NAME: 'Default',
      },
      because,
    });
    expect(settings.authUrl).toBe('http://keystone:5000/v3');
  });

  it('is read from its clouds.yaml', () => {
    const cloudsFile = join(folder, 'clouds.yaml');
    writeFileSync(
      cloudsFile,
      'clouds:\n  east:\n    auth_type: v3applicationcredential\n    auth: {auth_url: "http://east:5000", application_credential_id: a, application_credential_secret: b}\n',
    );
    const settings = readSettings({
      openstack: { ...openstack, cloudsFile, cloud: 'east' },
      environment: {},
      because,
    });
    expect(settings.authUrl).toBe('http://east:5000/v3');
  });

  it('is refused with who needs it and the file that cannot be read', () => {
    const cloudsFile = join(folder, 'none.yaml');
    expect(() => readSettings({ openstack: { ...openstack, cloudsFile }, environment: {}, because })).toThrow(
      /^a test needs to know its cloud by \[openstack\]: clouds_file cannot be read: ENOENT/,
    );
  });
});
