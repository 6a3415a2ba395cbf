/** npm run lab:openstack. Only this file touches the process. Exit codes: see `help`. */
import { LabError } from '@instance-ha/lab';
import { createOpenStackLab, type OpenStackLab } from './openstack-lab.ts';
import { help, kvmHost, type LabCommand, parseOptions } from './options.ts';
import { describeStatus } from './status.ts';

const command = parseOptions(process.argv.slice(2));
if (command === 'help') process.stdout.write(help);
else if (command instanceof Error) {
  process.stderr.write(`lab:openstack: ${command.message}\nTry npm run lab:openstack -- --help.\n`);
  process.exitCode = 64;
} else {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
  const began = performance.now();
  const say = (text: string) => {
    const time = new Date().toISOString().slice(11, 19);
    const elapsed = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${time} ${elapsed} s  ${text}\n`);
  };
  try {
    const lab = createOpenStackLab({
      ...(command.state === undefined ? {} : { dir: command.state }),
      ports: command.ports,
      fakeComputes: command.computes,
      kvmComputes: command.kvm ? [kvmHost] : undefined,
      serviceDownTimeS: command.serviceDownTimeS,
      clients: command.clients,
      masakariMonitors: command.masakariMonitors,
      signal: stop.signal,
      onProgress: ({ text }) => say(text),
    });
    process.exitCode = await carryOut(lab, command, say);
  } catch (error) {
    if (!LabError.isInstance(error) && !stop.signal.aborted) throw error;
    process.stderr.write(`lab:openstack: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

async function carryOut(
  lab: OpenStackLab,
  command: LabCommand,
  say: (text: string) => void,
): Promise<number> {
  const print = (value: unknown, text: string) =>
    process.stdout.write(command.json ? `${JSON.stringify(value, undefined, 2)}\n` : text);
  const { host = '' } = command;
  switch (command.command) {
    case 'up': {
      const report = await lab.up();
      if (command.masakariApi !== undefined)
        await lab.masakariMonitor.start({ host: kvmHost, apiUrl: command.masakariApi });
      say(`up in ${(report.upMs / 1000).toFixed(1)} s, ${report.started.length} services started`);
      const status = lab.status();
      print({ ...status, ...report }, describeStatus(status));
      return 0;
    }
    case 'down': {
      const report = await lab.down({ wipe: command.wipe });
      say(report.found ? `down, ${report.servicesEnded} services ended` : `there is no lab in ${lab.dir}`);
      if (command.json) print(report, '');
      return 0;
    }
    case 'status': {
      const status = lab.status();
      print(status, describeStatus(status));
      return status.state === 'up' ? 0 : 3;
    }
    case 'kill':
      await lab.computes.kill(host);
      say(`killed nova-compute of ${host}`);
      return 0;
    case 'start':
      await lab.computes.start(host);
      say(`nova-compute of ${host} has reported`);
      return 0;
  }
}
