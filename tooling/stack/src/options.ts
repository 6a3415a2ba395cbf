import { parseArgs } from 'node:util';

export type StackOptions = {
  host: 'lab' | 'system' | 'simulated';
  demo: boolean;
  act: boolean;
  port: number;
  state: string | undefined;
};

export const help = `npm start [-- options]: the whole stack on this machine, and a demonstration

Brings up PostgreSQL, API, worker, monitor and a host to watch, crashes a guest, shows what happens, and runs until Ctrl-C,
which stops everything it started and leaves nothing behind.

  --host lab         a private libvirtd with two tiny real QEMU guests (the default; needs root on a Debian system,
                     installs libvirt and QEMU from Debian's packages, touches nothing of the machine's own libvirt)
  --host simulated   a simulated libvirtd; also taken, and said, where a lab host is not possible
  --host system      this machine's own libvirtd, in observe mode: decides and records, acts on nothing
  --act              with --host system: act, too
  --no-demo          crash nothing
  --port N           of the API on 127.0.0.1 (default 15868)
  --state DIR        keep state here (default: a temporary folder, removed at the end; system: /var/lib/instance-ha)
  --help

Exit codes: 0 stopped on request, 1 something failed, 64 wrong usage.
`;

/** The options, or why they are wrong; `help` when that is what was asked. */
export function parseOptions(argv: string[]): StackOptions | 'help' | Error {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        host: { type: 'string', default: 'lab' },
        'no-demo': { type: 'boolean', default: false },
        act: { type: 'boolean', default: false },
        port: { type: 'string', default: '15868' },
        state: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const { host } = values;
    if (host !== 'lab' && host !== 'system' && host !== 'simulated')
      return new Error(`--host: expected lab, system or simulated, found "${host}"`);
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      return new Error(`--port: expected a number from 1 to 65535, found "${values.port}"`);
    if (values.act && host !== 'system')
      return new Error('--act goes with --host system: the other hosts are always acted on');
    return {
      host,
      demo: !values['no-demo'] && host !== 'system',
      act: values.act || host !== 'system',
      port,
      state: values.state,
    };
  } catch (error) {
    return error as Error;
  }
}
