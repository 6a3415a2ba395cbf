import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { askGuest, sendToGuest } from './command-port.ts';
import type { GuestOptions } from './domain-xml.ts';
import { type Fault, type Injection, injectFault } from './faults.ts';
import { LabError } from './lab-error.ts';
import type { LabHost } from './lab-host.ts';
import { carriesMarker, readPid, sendSignal } from './processes.ts';
import type { Virsh } from './virsh.ts';
import { waitUntil } from './waiting.ts';

/** A tiny real guest. Every method that waits has a deadline; all reject with {@link LabError}. */
export type LabGuest = {
  readonly name: string;
  readonly uuid: string;
  readonly options: GuestOptions;
  /** The host it is on now; `migrate` changes it. */
  readonly host: LabHost;
  /** Starts it when it is shut off (restores it when it was saved). Resolves to milliseconds taken. */
  start: (options?: { signal?: AbortSignal }) => Promise<number>;
  /**
   * Waits until the guest agent answers a ping; resolves to the milliseconds from the call. Default `timeoutMs` 90,000: a
   * boot takes about 4 s on an idle core and several times that on a busy machine.
   */
  waitForPing: (options?: { timeoutMs?: number; signal?: AbortSignal }) => Promise<number>;
  /** One ping, false when the agent did not answer within about 2 s (5 s when libvirt re-synchronises). */
  ping: () => Promise<boolean>;
  /** Injects one fault and resolves to its instant. */
  fault: (name: Fault) => Promise<Injection>;
  /** Runs a line in the guest's shell; works with a dead agent. Default `timeoutMs` 20,000. */
  shell: (line: string, options?: { timeoutMs?: number }) => Promise<{ output: string; exitCode: number }>;
  /** libvirt's words for state and reason, such as `running` and `booted`, or `shut off` and `crashed`. */
  state: () => Promise<{ state: string; reason: string }>;
  /** Waits until `state` is one of these; default `timeoutMs` 30,000. */
  waitForState: (
    states: string | readonly string[],
    options?: { timeoutMs?: number },
  ) => Promise<{ state: string; reason: string }>;
  /** The pid of its QEMU, undefined when it is not running. */
  qemuPid: () => number | undefined;
  /** How often libvirt has begun a QEMU for it on the host it is on, by libvirt's own log of the guest. */
  starts: () => number;
  /** The last of what the guest printed on its console; at most `bytes`, default 4096. */
  consoleTail: (bytes?: number) => string;
  /** Where the heartbeat channel, if it has one, can be connected to. */
  readonly heartbeatPath: string;
  /** Live migration to another host of the same lab; the definition goes with it. Resolves to milliseconds taken. */
  migrate: (to: LabHost) => Promise<number>;
  /** Ends it at once, whatever its state, and forgets its definition. Nothing happens when it is already gone. */
  remove: () => Promise<void>;
};

/** What a guest needs of the host it is on, besides the host itself. */
export type GuestGround = {
  host: LabHost;
  folder: string;
  marker: string;
  virsh: Virsh;
  prepare: () => Promise<void>;
};

export type GuestIdentity = { name: string; uuid: string; options: GuestOptions };

/** `groundOf` finds the ground of the host a guest migrates to; `moved` lets the hosts update what they know. */
export function createGuest(
  identity: GuestIdentity,
  start: GuestGround,
  moves: {
    groundOf: (host: LabHost) => GuestGround;
    moved: (from: GuestGround, to: GuestGround) => void;
    gone: (ground: GuestGround) => void;
  },
): LabGuest {
  const { name, uuid, options } = identity;
  let ground = start;
  const virsh = () => ground.virsh;
  const inRun = (file: string) => join(ground.folder, 'run', file);
  const commandPath = () => inRun(`lab/${name}.cmd`);

  const qemuPid = () => {
    const pid = readPid(inRun(`qemu/${name}.pid`));
    return pid !== undefined && carriesMarker(pid, ground.marker) ? pid : undefined;
  };

  const ping = async (signal?: AbortSignal) => {
    const args = ['qemu-agent-command', name, '{"execute":"guest-ping"}', '--timeout', '2'];
    const { exitCode } = await virsh().attempt(args, { timeoutMs: 40_000, signal });
    return exitCode === 0;
  };

  const state = async () => {
    const text = await virsh().run(['domstate', name, '--reason']);
    const [, word = text, reason = ''] = /^(.*?)(?: \((.*)\))?$/.exec(text.trim()) ?? [];
    return { state: word, reason };
  };

  return {
    name,
    uuid,
    options,
    get host() {
      return ground.host;
    },
    get heartbeatPath() {
      return inRun(`lab/${name}.hb`);
    },
    qemuPid,
    state,
    ping: () => ping(),
    start: async ({ signal } = {}) => {
      const beganMs = performance.now();
      await ground.prepare();
      await virsh().run(['start', name], { timeoutMs: 60_000, signal });
      return performance.now() - beganMs;
    },
    waitForPing: async ({ timeoutMs = 90_000, signal } = {}) => {
      const beganMs = performance.now();
      await waitUntil(
        `an answer of the agent of guest ${name}`,
        async () => ((await ping(signal)) ? true : undefined),
        { timeoutMs, everyMs: 100, signal },
      );
      return performance.now() - beganMs;
    },
    waitForState: (states, { timeoutMs = 30_000 } = {}) => {
      const wanted = typeof states === 'string' ? [states] : states;
      return waitUntil(
        `guest ${name} becoming ${wanted.join(' or ')}`,
        async () => {
          const seen = await state();
          if (wanted.includes(seen.state)) return seen;
          throw new LabError('guest-failed', `it is ${seen.state} (${seen.reason})`);
        },
        { timeoutMs },
      );
    },
    shell: (line, { timeoutMs = 20_000 } = {}) => askGuest(commandPath(), line, { timeoutMs }),
    fault: fault =>
      injectFault(fault, {
        guest: name,
        virsh: virsh(),
        send: line => sendToGuest(commandPath(), line, { timeoutMs: 20_000 }),
        ask: line => askGuest(commandPath(), line, { timeoutMs: 20_000 }),
        signalQemu: signal => {
          const pid = qemuPid();
          if (pid === undefined) throw new LabError('guest-failed', `guest ${name} has no QEMU to signal`);
          sendSignal(pid, signal);
        },
      }),
    starts: () => {
      const log = join(ground.folder, 'log/qemu', `${name}.log`);
      return existsSync(log)
        ? readFileSync(log, 'utf8').split(': starting up libvirt version').length - 1
        : 0;
    },
    consoleTail: (bytes = 4096) => tail(join(ground.folder, 'log/console', `${name}.log`), bytes),
    migrate: async to => {
      if (options.ioDisk !== undefined) {
        throw new LabError('bad-argument', `guest ${name} has an ioDisk, which exists on one host only`);
      }
      const beganMs = performance.now();
      const target = moves.groundOf(to);
      const flags = ['--live', '--persistent', '--undefinesource', '--listen-address', '127.0.0.1'];
      await virsh().run(['migrate', ...flags, name, to.uri, 'tcp://127.0.0.1'], { timeoutMs: 120_000 });
      const source = ground;
      ground = target;
      moves.moved(source, target);
      return performance.now() - beganMs;
    },
    remove: async () => {
      // The definition goes first, so that nobody who watches the guest can start it again once its QEMU has ended.
      const undefine = (timeoutMs: number) =>
        virsh().attempt(['undefine', name, '--managed-save'], { timeoutMs });
      const end = async () => {
        const pid = qemuPid();
        if (pid !== undefined) sendSignal(pid, 'SIGKILL'); // a hung QEMU would make `virsh destroy` wait 10 s
        await virsh().attempt(['destroy', name]);
      };
      await undefine(10_000).catch(() => {}); // a hung QEMU may hold its lock: asked again below
      await end();
      const { exitCode, stderr } = await undefine(30_000);
      if (exitCode !== 0 && !/no domain|Domain not found|failed to get domain/i.test(stderr)) {
        throw new LabError('guest-failed', `guest ${name} could not be removed: ${stderr.trim()}`);
      }
      if (qemuPid() !== undefined) await end(); // started between the first two
      moves.gone(ground);
    },
  };
}

function tail(path: string, bytes: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return ''; // never started
  }
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').replaceAll('\r', '');
  } finally {
    closeSync(file);
  }
}
