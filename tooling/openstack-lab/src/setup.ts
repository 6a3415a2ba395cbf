/** What a lab needs once: databases, schemas, keys. Every step can be done again; each is marked when it is done. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { LabError } from '@instance-ha/lab';
import { type CommandOptions, runCommand, waitUntil } from '@instance-ha/lab/tools';
import { databases, databaseUrl, type Ground, loopback } from './configuration.ts';
import { baseEnvironment } from './services.ts';

const stepTimeoutMs = 180_000;

export type Setup = {
  /** Runs `act` unless it has succeeded before. */
  once: (mark: string, act: () => Promise<void>) => Promise<void>;
  installDatabase: () => Promise<void>;
  /** Needs the database server. */
  makeDatabases: () => Promise<void>;
  keystone: () => Promise<void>;
  placement: () => Promise<void>;
  glance: () => Promise<void>;
  nova: () => Promise<void>;
};

export function createSetup(ground: Ground, mark: string, signal?: AbortSignal): Setup {
  const { places, settings, secrets } = ground;
  const env = baseEnvironment(ground, mark);
  const options: CommandOptions = {
    timeoutMs: stepTimeoutMs,
    env,
    detached: true,
    ...(signal ? { signal } : {}),
  };
  const run = (file: string, args: readonly string[]) => runCommand(file, args, options);
  const once = async (name: string, act: () => Promise<void>) => {
    if (existsSync(places.done(name))) return;
    await act();
    writeFileSync(places.done(name), '');
  };
  const keystoneManage = (...args: string[]) =>
    run('keystone-manage', ['--config-file', places.etc('keystone', 'keystone.conf'), ...args]);
  const novaManage = (...args: string[]) =>
    run('nova-manage', ['--config-file', places.etc('nova', 'nova.conf'), ...args]);

  return {
    once,
    installDatabase: async () => {
      mkdirSync(places.databaseFolder, { recursive: true, mode: 0o700 });
      if (existsSync(`${places.databaseFolder}/mysql`)) return;
      const plain = ['--no-defaults', '--auth-root-authentication-method=socket', '--skip-test-db'];
      await run('mariadb-install-db', [...plain, '--user=root', `--datadir=${places.databaseFolder}`]);
    },
    makeDatabases: async () => {
      const account = "'openstack'@'localhost'";
      const statements = [
        `CREATE OR REPLACE USER ${account} IDENTIFIED BY '${secrets.database}';`,
        ...databases.flatMap(name => [
          `CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb3;`,
          `GRANT ALL ON ${name}.* TO ${account};`,
        ]),
      ];
      const ask = () =>
        runCommand('mariadb', ['--no-defaults', `--socket=${places.databaseSocket}`], {
          ...options,
          input: statements.join('\n'),
        });
      await waitUntil('MariaDB taking orders', ask, { timeoutMs: 60_000, everyMs: 200, signal });
    },
    keystone: async () => {
      for (const kind of ['fernet', 'credential'])
        mkdirSync(`${places.identityFolder}/${kind}`, { recursive: true, mode: 0o700 });
      const owner = ['--keystone-user', 'root', '--keystone-group', 'root'];
      await keystoneManage('db_sync');
      await keystoneManage('fernet_setup', ...owner);
      await keystoneManage('credential_setup', ...owner);
      const url = loopback(settings.ports.keystone, '/v3');
      const urls = ['admin', 'internal', 'public'].flatMap(face => [`--bootstrap-${face}-url`, url]);
      // By the environment: arguments can be read by every user of the machine.
      const args = [
        '--config-file',
        places.etc('keystone', 'keystone.conf'),
        'bootstrap',
        '--bootstrap-region-id',
        settings.region,
        ...urls,
      ];
      await runCommand('keystone-manage', args, {
        ...options,
        env: { ...env, OS_BOOTSTRAP_PASSWORD: secrets.admin },
      });
    },
    placement: async () => {
      await run('placement-manage', [
        '--config-file',
        places.etc('placement', 'placement.conf'),
        'db',
        'sync',
      ]);
    },
    glance: async () => {
      for (const name of ['images', 'tasks', 'staging'])
        mkdirSync(`${places.imageFolder}/${name}`, { recursive: true, mode: 0o700 });
      await run('glance-manage', ['--config-file', places.etc('glance', 'glance-api.conf'), 'db_sync']);
    },
    nova: async () => {
      await novaManage('api_db', 'sync');
      await novaManage('cell_v2', 'map_cell0', '--database_connection', databaseUrl(ground, 'nova_cell0'));
      const { stdout } = await novaManage('cell_v2', 'list_cells');
      if (!stdout.includes('cell1')) await novaManage('cell_v2', 'create_cell', '--name=cell1');
      await novaManage('db', 'sync');
    },
  };
}

/** Throws `bad-argument` with the ports that somebody else listens on. */
export async function refuseTakenPorts(
  ports: readonly { name: string; port: number }[],
  isTaken: (port: number) => Promise<boolean>,
): Promise<void> {
  const taken: string[] = [];
  for (const { name, port } of ports) if (await isTaken(port)) taken.push(`${name} ${port}`);
  if (taken.length === 0) return;
  throw new LabError(
    'bad-argument',
    `something on this machine listens on ports of the lab already: ${taken.join(', ')}. Expected free ports; choose others`,
  );
}
