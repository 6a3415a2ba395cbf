import { execFile } from 'node:child_process';
import type { Logger } from '@instance-ha/ports';

/**
 * Tells systemd how a `Type=notify` service does. Node cannot send the datagram itself, so systemd's own
 * `systemd-notify` does it: the unit needs `NotifyAccess=all`. Each message is sent when the one before has been: a service
 * whose READY=1 overtook its RELOADING=1 would be reloading for ever. Without a `socket` (NOTIFY_SOCKET) it does nothing.
 */
export type SdNotify = {
  ready(status: string): void;
  reloading(): void;
  stopping(): void;
  /**
   * The service makes progress: call it from the control loop, never from a timer of its own. Sent at most each `everyMs`, and
   * not while another message waits.
   */
  alive(): void;
};

export function createSdNotify(options: {
  socket: string | undefined;
  everyMs: number;
  log: Logger;
  nowMs: () => number;
  send?: (args: string[]) => Promise<void>;
}): SdNotify {
  const { socket, everyMs, log, nowMs } = options;
  const send =
    options.send ??
    ((args: string[]): Promise<void> => {
      const env = { ...process.env, NOTIFY_SOCKET: socket ?? '' };
      const limits = { env, timeout: 5000, killSignal: 'SIGKILL' } as const;
      return new Promise(resolve => {
        execFile('systemd-notify', args, limits, error => {
          if (error) log.warn({ error: error.message, args }, 'systemd could not be told');
          resolve();
        });
      });
    });
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  const tell = (...args: string[]): void => {
    if (!socket) return;
    waiting += 1;
    last = last.then(async () => {
      await send(args);
      waiting -= 1;
    });
  };
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    ready: status => tell('--ready', `--status=${status}`),
    reloading: () => tell('RELOADING=1'),
    stopping: () => tell('STOPPING=1'),
    alive: () => {
      if (waiting > 0 || nowMs() - toldAtMs < everyMs) return;
      toldAtMs = nowMs();
      tell('WATCHDOG=1');
    },
  };
}
