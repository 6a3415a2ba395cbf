import type { Clock } from '@instance-ha/ports';
import { systemClock } from '@instance-ha/runtime';
import { type FakeOpenStack, type FakeOpenStackOptions, startFakeOpenStack } from '../src/fake-nova.ts';
import { connectOpenStack, type OpenStack, type OpenStackConnection } from '../src/open-stack.ts';
import { type OpenStackOptions, type OpenStackSettings, resolveSettings } from '../src/settings/settings.ts';
import { quietLogger } from './quiet-logger.ts';

export type FakeWorld = { fake: FakeOpenStack; openstack: OpenStack; close(): Promise<void> };

export type FakeWorldOptions = FakeOpenStackOptions & {
  clock?: Clock;
  settings?: OpenStackOptions;
  connection?: Partial<OpenStackConnection>;
};

/** A fake cloud and a client before it. */
export async function fakeWorld(options: FakeWorldOptions = {}): Promise<FakeWorld> {
  const { clock = systemClock, settings = {}, connection = {}, ...rest } = options;
  const fake = await startFakeOpenStack(rest);
  const openstack = connectOpenStack({
    settings: settingsOf(fake.authUrl, settings),
    clock,
    log: quietLogger,
    ...connection,
  });
  return {
    fake,
    openstack,
    async close() {
      await openstack.close();
      await fake.close();
    },
  };
}

export function settingsOf(authUrl: string, more: OpenStackOptions = {}): OpenStackSettings {
  const resolved = resolveSettings({
    options: {
      authUrl,
      username: 'admin',
      userDomainName: 'Default',
      password: 'secret',
      projectName: 'admin',
      projectDomainName: 'Default',
      ...more,
    },
  });
  if (!resolved.ok) throw new Error(resolved.errors.join('; '));
  return resolved.settings;
}

export const patiently = { timeoutMs: 10_000, signal: new AbortController().signal };
