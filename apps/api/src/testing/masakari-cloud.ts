import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Secret } from '@instance-ha/config';
import { type FakeOpenStack, fakeAdmin, startFakeOpenStack } from '@instance-ha/openstack/fake-nova';
import { connectStores } from '@instance-ha/postgres';
import { freshDatabase } from '@instance-ha/postgres/testing';
import { systemClock } from '@instance-ha/runtime';
import { createLogger } from '@instance-ha/telemetry';
import { startApi, type TestApi } from './start-api.ts';

const run = promisify(execFile);
/** Python starts slowly on a busy machine. */
const clientTimeoutMs = 60_000;
const projectId = 'aaaabbbbccccddddeeeeffff00001111';

/** What a client said. */
export type Said = { code: number; out: string; error: string };

/** The API on PostgreSQL in a cloud: in its catalogue, believing its Keystone. With OpenStack's own clients. */
export type MasakariCloud = {
  api: TestApi;
  cloud: FakeOpenStack;
  /** Runs a script with Debian's Python, in which `conn` is a connection of openstacksdk and `tell` prints JSON. */
  script: (text: string) => Promise<unknown>;
  /** Runs `openstack …`. */
  openstack: (...args: string[]) => Promise<Said>;
  /** The same, for what is asked as JSON. Throws when it fails. */
  openstackJson: (...args: string[]) => Promise<unknown>;
  stop(): Promise<void>;
};

const before = `
import json, sys
import openstack
conn = openstack.connect(load_yaml_config=False)
def tell(value):
    json.dump(value, sys.stdout)
`;

/** `hosts`: on which Nova has a compute service. */
export async function startMasakariCloud(hosts: readonly string[]): Promise<MasakariCloud> {
  const database = await freshDatabase();
  const ended = new AbortController();
  const stores = await connectStores({
    connection: database.connection,
    log: createLogger({ service: 'test', level: 'silent', format: 'json' }),
    clock: systemClock,
    signal: ended.signal,
    poolSize: 5,
  });
  const cloud = await startFakeOpenStack({ hosts, keystone: { projectId } });
  const api = await startApi({
    stores,
    config: {
      api: { authStrategy: 'keystone' },
      keystoneAuthtoken: {
        authUrl: cloud.authUrl,
        username: fakeAdmin.name,
        password: new Secret(fakeAdmin.password),
        projectName: 'admin',
      },
    },
  });
  cloud.keystone.endpoints.push({
    type: 'instance-ha',
    name: 'masakari',
    url: `${api.origin}/v1/${projectId}`,
  });
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: api.folder,
    OS_AUTH_URL: cloud.authUrl,
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: fakeAdmin.name,
    OS_PASSWORD: fakeAdmin.password,
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  };
  async function say(command: string, args: readonly string[]): Promise<Said> {
    try {
      const { stdout, stderr } = await run(command, args, { env, timeout: clientTimeoutMs });
      return { code: 0, out: stdout, error: stderr };
    } catch (failure) {
      const {
        code,
        stdout = '',
        stderr = '',
      } = failure as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof code !== 'number')
        throw new Error(
          `${command} did not run; python3-openstackclient, python3-masakariclient and python3-masakari-monitors are needed`,
          {
            cause: failure,
          },
        );
      return { code, out: stdout, error: stderr };
    }
  }
  const parse = ({ code, out, error }: Said): unknown => {
    if (code !== 0) throw new Error(`the client ended with ${code}:\n${error}\n${api.logged().slice(-2000)}`);
    return JSON.parse(out);
  };
  const openstack = (...args: string[]) => say('/usr/bin/openstack', args);
  return {
    api,
    cloud,
    script: async text => parse(await say('/usr/bin/python3', ['-c', `${before}${text}`])),
    openstack,
    openstackJson: async (...args) => parse(await openstack(...args, '-f', 'json')),
    async stop() {
      await api.stop();
      ended.abort();
      await stores.close();
      await cloud.close();
      await database.drop();
    },
  };
}
