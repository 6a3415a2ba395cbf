import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fakeAdmin } from '@instance-ha/openstack/fake-nova';

const main = fileURLToPath(new URL('../../../monitor/src/main.ts', import.meta.url));

/** A line of the log. */
export type Line = { level: string; msg: string } & Record<string, unknown>;

/** Our monitor with `sink = masakari` as a process of its own. */
export type MasakariMonitor = {
  start(): void;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  lines(): Line[];
  said(): string;
};

export function masakariMonitor(options: {
  folder: string;
  host: string;
  libvirtUri: string;
  /** Of the cloud whose catalogue has the Masakari. */
  authUrl: string;
  monitor?: string;
}): MasakariMonitor {
  const { folder, host, libvirtUri, authUrl, monitor = '' } = options;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'instance-ha.conf');
  writeFileSync(
    file,
    `[DEFAULT]
host = ${host}
state_path = ${folder}
instance_check_interval = 1
[libvirt]
connection_uri = ${libvirtUri}
[openstack]
auth_url = ${authUrl}
username = ${fakeAdmin.name}
user_domain_name = Default
project_name = admin
project_domain_name = Default
[monitor]
sink = masakari
ping_timeout = 1
failure_threshold = 2
metrics_port = 0
${monitor}
`,
  );
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  let out = '';
  return {
    start() {
      child = spawn(
        process.execPath,
        [
          '--conditions=@instance-ha/source',
          '--disable-warning=ExperimentalWarning',
          main,
          '--config-file',
          file,
        ],
        {
          // The password comes as it does to a service: not in the file.
          env: { PATH: process.env.PATH, OS_PASSWORD: fakeAdmin.password },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (out += chunk));
      ended = once(child, 'close').then(([code]) => code as number | null);
    },
    async kill(signal) {
      if (child?.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
    lines: () =>
      out
        .split('\n')
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line) as Line),
    said: () => out,
  };
}
