import { parseArgs } from 'node:util';
import { defaultPorts, type PortName, type Ports } from './settings.ts';

export type LabCommand = {
  command: 'up' | 'down' | 'status' | 'kill' | 'start';
  /** Of `kill` and `start`. */
  host: string | undefined;
  state: string | undefined;
  json: boolean;
  wipe: boolean;
  kvm: boolean;
  clients: boolean;
  masakariMonitors: boolean;
  masakariApi: string | undefined;
  computes: string[] | undefined;
  ports: Partial<Ports>;
  serviceDownTimeS: number | undefined;
};

/** The host of `--kvm`. */
export const kvmHost = 'os-kvm1';

export const help = `npm run lab:openstack -- up|down|status [options]: a real OpenStack on this machine

Keystone, Placement, Glance and Nova with three computes, from Debian's packages, on 127.0.0.1, without an init system. Says what it
installs before it does. The machine's own MariaDB, RabbitMQ and libvirt are not touched. Needs root on a Debian 12 system.

  up                      bring up what is missing; can be done again at any time
    --kvm                 besides, the compute ${kvmHost} on a private libvirtd, for real (emulated) guests
    --clients             install python3-openstackclient, -openstacksdk and -masakariclient as well
    --masakari-monitors   install masakari-instancemonitor as well
    --masakari-api URL    and let it watch ${kvmHost} and file at URL, such as http://127.0.0.1:15868/v1 (implies the two above)
    --computes A,B        names of the computes with Nova's fake driver (default os-fake1,os-fake2,os-fake3)
    --port NAME=N         ${Object.entries(defaultPorts)
      .map(([name, port]) => `${name} (${port})`)
      .join(', ')};
                          may be given again
    --service-down-time S how long Nova believes a silent compute (default 60)
  down                    end what was started
    --wipe                and remove its state
  status                  what runs
  kill HOST, start HOST   kill -9 a nova-compute; start it again and wait until Nova has heard it

  --state DIR             default: instance-ha-openstack below the system's temporary folder
  --json                  status, or the result, as JSON on standard output; progress goes to the error stream
  --help

Exit codes: 0 done, 1 failed, 3 status: not all of it runs, 64 wrong usage.
`;

/** The command, or why it is wrong; `help` when that is what was asked. */
export function parseOptions(argv: string[]): LabCommand | 'help' | Error {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        state: { type: 'string' },
        json: { type: 'boolean', default: false },
        wipe: { type: 'boolean', default: false },
        kvm: { type: 'boolean', default: false },
        clients: { type: 'boolean', default: false },
        'masakari-monitors': { type: 'boolean', default: false },
        'masakari-api': { type: 'string' },
        computes: { type: 'string' },
        port: { type: 'string', multiple: true, default: [] },
        'service-down-time': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const [command, host, ...more] = positionals;
    if (!isCommand(command))
      return new Error(`expected up, down, status, kill or start, found "${command ?? ''}"`);
    const takesHost = command === 'kill' || command === 'start';
    if (takesHost !== (host !== undefined) || more.length > 0)
      return new Error(`${command}: expected ${takesHost ? 'one host' : 'nothing more'}`);
    if (values.wipe && command !== 'down') return new Error('--wipe goes with down');
    const masakariApi = values['masakari-api'];
    if (masakariApi !== undefined && !/^https?:\/\//.test(masakariApi))
      return new Error(`--masakari-api: expected a URL, found "${masakariApi}"`);
    const downTime = values['service-down-time'];
    return {
      command,
      host,
      state: values.state,
      json: values.json,
      wipe: values.wipe,
      kvm: values.kvm || masakariApi !== undefined,
      clients: values.clients,
      masakariMonitors: values['masakari-monitors'] || masakariApi !== undefined,
      masakariApi,
      computes: values.computes?.split(',').filter(Boolean),
      ports: Object.fromEntries(values.port.map(parsePort)),
      serviceDownTimeS: downTime === undefined ? undefined : wholeNumber('--service-down-time', downTime),
    };
  } catch (error) {
    return error as Error;
  }
}

const isCommand = (text: string | undefined): text is LabCommand['command'] =>
  ['up', 'down', 'status', 'kill', 'start'].includes(text ?? '');

function parsePort(text: string): [PortName, number] {
  const [name = '', port = ''] = text.split('=');
  if (!(name in defaultPorts))
    throw new Error(`--port: expected one of ${Object.keys(defaultPorts).join(', ')}, found "${name}"`);
  return [name as PortName, wholeNumber(`--port ${name}`, port)];
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${option}: expected a whole number, found "${text}"`);
}
