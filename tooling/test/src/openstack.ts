import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './command.ts';
import { add, type Count, none, type StageContext } from './stage.ts';
import { suite } from './suite.ts';

const node = ['node', '--conditions=@instance-ha/source', '--disable-warning=ExperimentalWarning'];
const labProgram = [...node, 'tooling/openstack-lab/src/main.ts'];
const upTimeoutMs = 1_200_000;

/** One lab for all suites, taken down whatever comes of them. Left out unless CI=true or asked for by name: it installs much. */
export async function onOpenStack(context: StageContext): Promise<Count> {
  if (!context.ci && !context.named) {
    context.say('  left out: it installs a whole OpenStack; npm run e2e:openstack runs it');
    return { ...none, skipped: 1 };
  }
  const folder = mkdtempSync(join(tmpdir(), 'instance-ha-openstack-'));
  const dir = join(folder, 'lab');
  const lab = (...args: string[]) =>
    command(context, [...labProgram, ...args, '--state', dir], { timeoutMs: upTimeoutMs });
  try {
    if ((await lab('up', '--kvm', '--clients', '--masakari-monitors')) !== 0) {
      context.say('  FAIL openstack: the lab did not come up');
      return { ...none, failed: 1 };
    }
    const env = await environmentOf(dir);
    let count = none;
    // Each in a run of its own: the clients' suite brings up a PostgreSQL, the others do not need to wait for it.
    for (const project of ['nova', 'openstack', 'clients'])
      count = add(count, await suite(context, [project], { timeoutMs: 1_800_000, env }));
    return count;
  } finally {
    // A stop of ours must not keep the lab from being taken down.
    const last = { ...context, signal: new AbortController().signal };
    await command(last, [...labProgram, 'down', '--wipe', '--state', dir], { timeoutMs: 120_000 });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How the suites find the lab: the one of `tooling/e2e` by its folder, those of `packages/openstack` as any cloud. */
async function environmentOf(dir: string): Promise<Record<string, string>> {
  const cloudsYaml = join(dir, 'clouds.yaml');
  await readFile(cloudsYaml); // Fails here, with its name, rather than in each suite.
  return {
    INSTANCE_HA_OPENSTACK_LAB: dir,
    INSTANCE_HA_NOVA_CLOUDS_YAML: cloudsYaml,
    INSTANCE_HA_NOVA_CLOUD: 'oslab-instance-ha',
    INSTANCE_HA_NOVA_OTHER_CLOUD: 'oslab',
    INSTANCE_HA_NOVA_FLAVOR: 'os-tiny',
    INSTANCE_HA_NOVA_IMAGE: 'os-img',
    INSTANCE_HA_NOVA_HOSTS: 'os-fake1,os-fake2,os-fake3,os-kvm1',
    INSTANCE_HA_NOVA_RESTART: `${labProgram.join(' ')} kill "$1" --state ${dir} && ${labProgram.join(' ')} start "$1" --state ${dir}`,
  };
}
