import { execFile } from 'node:child_process';
import type { Logger } from '@instance-ha/ports';

/**
 * Tells systemd how a `Type=notify` service does. Node cannot send the datagram itself, so systemd's own
 * `systemd-notify` does it: the unit needs `NotifyAccess=all`. Without a `socket` (NOTIFY_SOCKET) it does nothing.
 */
export type SdNotify = {
  ready(status: string): void;
  reloading(): void;
  stopping(): void;
  /** The service makes progress: call it from the control loop, never from a timer of its own. Sent at most each `everyMs`. */
  alive(): void;
};

export function createSdNotify(options: {
  socket: string | undefined;
  everyMs: number;
  log: Logger;
  nowMs: () => number;
  send?: (args: string[]) => void;
}): SdNotify {
  const { socket, everyMs, log, nowMs } = options;
  const send =
    options.send ??
    ((args: string[]): void => {
      const env = { ...process.env, NOTIFY_SOCKET: socket ?? '' };
      execFile('systemd-notify', args, { env, timeout: 5000, killSignal: 'SIGKILL' }, error => {
        if (error) log.warn({ error: error.message, args }, 'systemd could not be told');
      });
    });
  const tell = (...args: string[]): void => {
    if (socket) send(args);
  };
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    ready: status => tell('--ready', `--status=${status}`),
    reloading: () => tell('RELOADING=1'),
    stopping: () => tell('STOPPING=1'),
    alive: () => {
      if (nowMs() - toldAtMs < everyMs) return;
      toldAtMs = nowMs();
      tell('WATCHDOG=1');
    },
  };
}
