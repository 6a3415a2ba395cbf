import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type HostFile, lastLines, prepareHostFolder } from './host-folder.ts';
import { LabError } from './lab-error.ts';
import { endMarked } from './lab-mark.ts';
import { carriesMarker, type ProcessIdentity, readPid, sendSignal } from './processes.ts';
import { plainEnvironment } from './run-command.ts';
import type { Virsh } from './virsh.ts';
import { waitUntil } from './waiting.ts';

export type HostPlace = {
  /** The host's own folder. */
  folder: string;
  imageFolder: string;
  cacheFolder: string;
  /** Source name of the mount all processes of the host can see, and no other process can. */
  marker: string;
  /** The host ends when this process does. */
  owner?: ProcessIdentity | undefined;
};

/** The processes of one lab host: its supervisor and its libvirtd. The guests are libvirtd's affair. */
export type HostDaemon = {
  supervisorPid: () => number | undefined;
  libvirtdPid: () => number | undefined;
  /** Starts what does not run, and waits until libvirtd answers. */
  start: () => Promise<void>;
  /** A power cut. */
  stop: () => Promise<void>;
  startLibvirtd: () => Promise<void>;
  endLibvirtd: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void>;
  signalLibvirtd: (signal: 'SIGSTOP' | 'SIGCONT') => void;
};

export function createHostDaemon(file: HostFile, place: HostPlace, virsh: Virsh): HostDaemon {
  const { folder, marker } = place;
  const { name } = file;
  const supervisorPid = () => ownPid(join(folder, 'supervisor.pid'), marker);
  const libvirtdPid = () => ownPid(join(folder, 'run/libvirtd.pid'), marker);
  const fail = (cause: unknown): never => {
    throw new LabError('host-failed', `lab host ${name} did not come up. ${lastLines(folder)}`, { cause });
  };

  const libvirtdAnswers = async () => {
    let lastSeenMs = performance.now();
    const look = async () => {
      if (libvirtdPid() !== undefined) lastSeenMs = performance.now();
      else if (performance.now() - lastSeenMs > 10_000) return 'ended' as const;
      await knock(join(folder, 'run/libvirt-sock'));
      await virsh.run(['version'], { timeoutMs: 10_000 });
      return 'up' as const;
    };
    const limits = { timeoutMs: 60_000, everyMs: 50 };
    const answer = await waitUntil(`libvirtd of lab host ${name} answering`, look, limits).catch(fail);
    if (answer === 'ended') fail(new LabError('host-failed', 'libvirtd ended by itself'));
  };

  const startLibvirtd = async () => {
    const pid = supervisorPid();
    if (pid === undefined)
      throw new LabError('host-failed', `lab host ${name} is not running: start it first`);
    sendSignal(pid, 'SIGUSR1');
    await libvirtdAnswers();
  };

  return {
    supervisorPid,
    libvirtdPid,
    startLibvirtd,
    start: async () => {
      if (supervisorPid() !== undefined) return startLibvirtd();
      await endMarked(marker); // what a supervisor that was killed has left
      prepareHostFolder(folder, file);
      launch(name, place);
      try {
        const limits = { timeoutMs: 20_000, everyMs: 10 };
        await waitUntil(`the supervisor of lab host ${name}`, supervisorPid, limits).catch(fail);
        await libvirtdAnswers();
      } catch (error) {
        await endMarked(marker);
        throw error;
      }
    },
    stop: async () => {
      const pid = supervisorPid();
      if (pid !== undefined) sendSignal(pid, 'SIGTERM');
      const gone = () => (supervisorPid() === undefined ? true : undefined);
      // A supervisor that does not obey is killed like all the rest.
      await waitUntil(`the end of lab host ${name}`, gone, { timeoutMs: 5_000, everyMs: 10 }).catch(() => {});
      await endMarked(marker);
    },
    endLibvirtd: async signal => {
      const pid = libvirtdPid();
      if (pid === undefined) return;
      sendSignal(pid, signal);
      const gone = () => (carriesMarker(pid, marker) ? undefined : true);
      await waitUntil(`the end of libvirtd ${pid}`, gone, { timeoutMs: 20_000, everyMs: 10 });
    },
    signalLibvirtd: signal => {
      const pid = libvirtdPid();
      if (pid === undefined) throw new LabError('host-failed', `lab host ${name} has no running libvirtd`);
      sendSignal(pid, signal);
    },
  };
}

function ownPid(path: string, marker: string): number | undefined {
  const pid = readPid(path);
  return pid !== undefined && carriesMarker(pid, marker) ? pid : undefined;
}

/** Starts the supervisor in a session of its own: a Ctrl-C in the terminal does not reach the host. */
function launch(name: string, place: HostPlace): void {
  const { folder, imageFolder, cacheFolder, marker, owner } = place;
  const log = openSync(join(folder, 'log/supervisor.log'), 'a');
  const { pid, startTicks } = owner ?? { pid: 0, startTicks: '0' };
  const args = [folder, imageFolder, cacheFolder, name, marker, String(pid), startTicks];
  try {
    const child = spawn('/usr/bin/perl', [join(folder, 'supervisor.pl'), ...args], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: plainEnvironment,
    });
    child.on('error', () => {}); // shows itself as a supervisor that does not come up
    child.unref();
  } finally {
    closeSync(log);
  }
}

/** Resolves when something accepts connections at `path`. */
function knock(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
