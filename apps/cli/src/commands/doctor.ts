import { neededMicroversion } from '@instance-ha/openstack';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { collectApiFacts } from '../doctor/collect/api-facts.ts';
import { collectCloudFacts } from '../doctor/collect/cloud-facts.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { DoctorFacts } from '../doctor/facts.ts';
import { worst } from '../doctor/finding.ts';
import { report } from '../doctor/report.ts';
import { CliExit } from '../exit-code.ts';
import { cloudSettings, connectCloud } from '../openstack/cloud.ts';
import { version } from '../version.ts';

/** How `doctor` ends, by the worst it found. */
const exitCodes = { ok: 0, warning: 1, problem: 2 } as const;

/** For each question, all of which are asked at the same time. */
const timeoutMs = 10_000;

export function addDoctor(program: Command, context: () => CliContext): void {
  program
    .command('doctor')
    .description(
      'find out what is wrong: API, database, workers, monitors, notifications, and Keystone and Nova where a cloud is named; changes nothing',
    )
    .option('--os-cloud <name>', 'the cloud of clouds.yaml (default: OS_CLOUD, else [openstack])')
    .addHelpText(
      'after',
      `
Each line is ok, warning or problem; what is not ok says what was expected, what was found and what to do.
Exit codes: 0 all ok, 1 warnings, 2 problems; 78 the configuration is refused.

Examples: instance-ha doctor
          instance-ha --json doctor | jq '.[] | select(.level != "ok")'
          instance-ha --config-file /etc/xavs/instance-ha/instance-ha.conf doctor`,
    )
    .action((options: { osCloud?: string }) => doctor(context(), options));
}

async function doctor(context: CliContext, { osCloud }: { osCloud?: string }): Promise<void> {
  const findings = diagnose(await collect(context, osCloud));
  context.show(findings, () => report(findings));
  throw new CliExit(exitCodes[worst(findings)]);
}

async function collect(context: CliContext, osCloud: string | undefined): Promise<DoctorFacts> {
  const { signal } = context.world;
  const settings = await cloudSettings(context, osCloud === undefined ? {} : { cloud: osCloud });
  const token = await context.token().then(
    value => ({ ok: true, value }) as const,
    (error: Error) => ({ ok: false, why: error.message }) as const,
  );
  const [api, cloud] = await Promise.all([
    collectApiFacts(
      { url: await context.apiUrl(), token, fetch: context.world.fetch },
      { timeoutMs, signal },
    ),
    settings && collectCloudFacts(settings, connectCloud, { timeoutMs, signal }),
  ]);
  return { nowMs: Date.now(), cliVersion: version, neededMicroversion, api, cloud };
}
