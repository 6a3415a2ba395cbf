import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type FakeOpenStack, fakeAdmin } from '@instance-ha/openstack/fake-nova';

/** Python starts slowly on a busy machine. */
const startTimeoutMs = 90_000;

/** A Masakari as OpenStack has it: its API and its engine, in the catalogue of the cloud, whose Keystone and Nova it uses. */
export type RealMasakari = {
  /** `http://127.0.0.1:PORT/v1/PROJECT`. */
  url: string;
  /** Asks its API as the administrator of the cloud; its answer as JSON. Throws for what is no success. */
  ask(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Its log. */
  said(): string;
  stop(): Promise<void>;
  start(): Promise<void>;
};

/**
 * Both services in one process and with the in-memory transport, for there is no message queue. All else is as Debian has it.
 * `masakari.cmd` makes threads green, so that it comes first.
 */
const program = `
import sys
import masakari.cmd
from oslo_log import log as logging
from oslo_service import service as oslo_service
import masakari.conf
from masakari import config, objects, rpc, service
from masakari.db.sqlalchemy import migration

CONF = masakari.conf.CONF
config.parse_args(['masakari', '--config-file', sys.argv[1]])
logging.setup(CONF, 'masakari')
objects.register_all()
migration.db_sync()
rpc.init(CONF)
# What is told to the event bus, which nobody hears, does not go with Debian's oslo.messaging 14.
from oslo_messaging.notify import notifier
notifier._sanitize_context = lambda context: context
launcher = oslo_service.ServiceLauncher(CONF)
launcher.launch_service(service.Service.create(binary='masakari-engine', topic=CONF.masakari_topic))
launcher.launch_service(service.WSGIService('masakari_api', use_ssl=False))
launcher.wait()
`;

export async function startRealMasakari(options: {
  folder: string;
  cloud: FakeOpenStack;
  projectId: string;
}): Promise<RealMasakari> {
  const { folder, cloud, projectId } = options;
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = join(folder, 'masakari.conf');
  writeFileSync(join(folder, 'api-paste.ini'), pasteIni);
  writeFileSync(file, configuration({ folder, port, authUrl: cloud.authUrl }));
  const origin = `http://127.0.0.1:${port}`;
  let output = '';
  let end = async (): Promise<void> => {};

  async function start(): Promise<void> {
    const child = spawn('/usr/bin/python3', ['-c', program, file], {
      env: { PATH: '/usr/bin:/bin', HOME: folder, LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
    const closed = once(child, 'close');
    end = async () => {
      child.kill('SIGKILL');
      await closed;
    };
    const deadlineMs = Date.now() + startTimeoutMs;
    while (!(await answers(origin))) {
      if (child.exitCode !== null || Date.now() > deadlineMs)
        throw new Error(
          `Masakari did not come up; it needs Debian's python3-masakari:\n${output.slice(-4000)}`,
        );
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }

  await start();
  const url = `${origin}/v1/${projectId}`;
  cloud.keystone.endpoints.push(
    { type: 'instance-ha', name: 'masakari', url },
    { type: 'identity', name: 'keystone', url: cloud.authUrl }, // Its middleware looks for it.
  );
  return {
    url,
    said: () => output,
    start,
    stop: () => end(),
    async ask(method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'x-auth-token': cloud.keystone.issueTo(fakeAdmin), 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok)
        throw new Error(`${method} ${path}: ${response.status} ${text}\n${output.slice(-4000)}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}

const answers = async (origin: string): Promise<boolean> =>
  fetch(`${origin}/`, { signal: AbortSignal.timeout(2000) }).then(
    response => response.ok,
    () => false,
  );

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const configuration = ({
  folder,
  port,
  authUrl,
}: {
  folder: string;
  port: number;
  authUrl: string;
}): string => `[DEFAULT]
auth_strategy = keystone
masakari_api_listen = 127.0.0.1
masakari_api_listen_port = ${port}
masakari_api_workers = 1
state_path = ${folder}
tempdir = ${folder}
transport_url = fake:/
host = engine
nova_catalog_admin_info = compute:nova:publicURL
os_region_name = RegionOne
os_privileged_user_name = ${fakeAdmin.name}
os_privileged_user_password = ${fakeAdmin.password}
os_privileged_user_tenant = admin
os_privileged_user_auth_url = ${authUrl}
os_user_domain_name = Default
os_project_domain_name = Default
[wsgi]
api_paste_config = ${join(folder, 'api-paste.ini')}
[database]
connection = sqlite:///${join(folder, 'masakari.sqlite')}
[taskflow]
connection = sqlite:///${join(folder, 'taskflow.sqlite')}
[instance_failure]
process_all_instances = True
[oslo_messaging_notifications]
driver = noop
[keystone_authtoken]
auth_type = password
auth_url = ${authUrl}
www_authenticate_uri = ${authUrl}
username = ${fakeAdmin.name}
password = ${fakeAdmin.password}
user_domain_name = Default
project_name = admin
project_domain_name = Default
`;

/** Masakari's own pipeline, but for what a browser or a proxy needs. */
const pasteIni = `[composite:masakari_api]
use = call:masakari.api.urlmap:urlmap_factory
/: versions
/v1: v1
[composite:v1]
use = call:masakari.api.auth:pipeline_factory_v1
keystone = request_id faultwrap sizelimit authtoken keystonecontext app
[filter:request_id]
paste.filter_factory = oslo_middleware:RequestId.factory
[filter:faultwrap]
paste.filter_factory = masakari.api.openstack:FaultWrapper.factory
[filter:sizelimit]
paste.filter_factory = oslo_middleware:RequestBodySizeLimiter.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
[filter:keystonecontext]
paste.filter_factory = masakari.api.auth:MasakariKeystoneContext.factory
[app:app]
paste.app_factory = masakari.api.openstack.ha:APIRouterV1.factory
[pipeline:versions]
pipeline = faultwrap versionsapp
[app:versionsapp]
paste.app_factory = masakari.api.openstack.ha.versions:Versions.factory
`;
