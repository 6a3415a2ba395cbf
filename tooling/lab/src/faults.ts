import type { Virsh } from './virsh.ts';

/**
 * Everything that can be done to a lab guest, each as one of three kinds:
 *
 * - `shell`: a line for the guest's own shell. `wait` false where the guest cannot answer any more, or not in time.
 * - `signal`: a signal to its QEMU process.
 * - `virsh`: an operator's command.
 */
type FaultAct =
  | { kind: 'shell'; line: string; wait: boolean }
  | { kind: 'signal'; signal: NodeJS.Signals }
  | { kind: 'virsh'; args: (guest: string) => string[] };

const quietly = '</dev/null >/dev/null 2>&1';
const agentPid = '$(cat /run/qga.pid)';
const shell = (line: string, wait = false): FaultAct => ({ kind: 'shell', line, wait });
const signal = (name: NodeJS.Signals): FaultAct => ({ kind: 'signal', signal: name });
const virsh = (command: string, ...flags: string[]): FaultAct => ({
  kind: 'virsh',
  args: guest => [command, guest, ...flags],
});

/** Twenty endless loops; told apart in `ps` by the name they are given. */
function busyLoops(first: string): string {
  return `for n in $(seq 20); do sh -c '${first}while :; do :; done' busy-loop ${quietly} & done`;
}

const faultActs = {
  // --- the guest's kernel and programs
  panic: shell('echo c > /proc/sysrq-trigger'),
  'agent-kill': shell(`kill -9 ${agentPid}`, true),
  'agent-stop': shell(`kill -STOP ${agentPid}`, true),
  'agent-cont': shell(`kill -CONT ${agentPid}`, true),
  'agent-start': shell(`/sbin/start-agent ${quietly}`, true),
  forkbomb: shell(`(b(){ b|b& }; b) ${quietly}`),
  // The agent is kept from the out-of-memory killer: it hangs instead of dying.
  'forkbomb-hard': shell(`echo -1000 > /proc/${agentPid}/oom_score_adj; (b(){ b|b& }; b) ${quietly}`),
  'busy-loops': shell(busyLoops(''), true),
  // With the highest priority there is: they starve the agent, too.
  'busy-loops-hard': shell(busyLoops('renice -n -20 -p $$; ')),
  'busy-loops-end': shell(
    'kill -9 $(ps | grep "[b]usy-loop" | while read -r pid rest; do echo $pid; done)',
    true,
  ),
  // Opened and left alone: the dog barks after 2 s. Needs a guest with a `watchdog`.
  watchdog: shell('rmmod i6300esb; insmod /lib/modules/i6300esb.ko heartbeat=2; echo 1 > /dev/watchdog'),
  'guest-poweroff': shell('poweroff -f'),
  'guest-reboot': shell('reboot -f'),
  // Writes 25 MiB on a disk that is full after 6. Needs a guest with an `ioDisk`.
  'io-error': shell(`(dd if=/dev/zero of=/dev/vda bs=64k count=400; sync) ${quietly} &`),
  // --- the QEMU process
  'qemu-kill': signal('SIGKILL'),
  'qemu-segv': signal('SIGSEGV'),
  'qemu-abrt': signal('SIGABRT'),
  'qemu-term': signal('SIGTERM'),
  'qemu-stop': signal('SIGSTOP'),
  'qemu-cont': signal('SIGCONT'),
  // --- an operator
  suspend: virsh('suspend'),
  resume: virsh('resume'),
  destroy: virsh('destroy'),
  reset: virsh('reset'),
  shutdown: virsh('shutdown', '--mode', 'agent'),
  reboot: virsh('reboot', '--mode', 'agent'),
  managedsave: virsh('managedsave'),
  restore: virsh('start'),
  'inject-nmi': virsh('inject-nmi'),
} as const satisfies Record<string, FaultAct>;

/** The name of something that can be done to a guest by `LabGuest.fault`. */
export type Fault = keyof typeof faultActs;

/** All fault names, in the order of the table. */
export const faults = Object.keys(faultActs) as readonly Fault[];

export const isFault = (name: string): name is Fault => Object.hasOwn(faultActs, name);

/** A fault that was injected. `atMs` (`performance.now()`) and `atEpochMs` (wall clock) are the instant just before it took effect. */
export type Injection = { fault: Fault; atMs: number; atEpochMs: number };

export type FaultTools = {
  guest: string;
  virsh: Virsh;
  send: (line: string) => Promise<number>;
  ask: (line: string) => Promise<{ output: string; exitCode: number }>;
  signalQemu: (signal: NodeJS.Signals) => void;
};

/** Injects one fault; resolves to the instant it was let loose. */
export async function injectFault(fault: Fault, tools: FaultTools): Promise<Injection> {
  const act: FaultAct = faultActs[fault];
  let atMs = performance.now();
  switch (act.kind) {
    case 'shell':
      if (act.wait) await tools.ask(act.line);
      else atMs = await tools.send(act.line);
      break;
    case 'signal':
      tools.signalQemu(act.signal);
      break;
    case 'virsh':
      await tools.virsh.run(act.args(tools.guest));
      break;
  }
  return { fault, atMs, atEpochMs: performance.timeOrigin + atMs };
}
