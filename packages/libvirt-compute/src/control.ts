import { LibvirtError, type LibvirtErrorCode } from '@instance-ha/libvirt-rpc';
import type { Clock, InstanceControl, InstanceRef, Logger } from '@instance-ha/ports';
import type { ActOutcome, InstanceAct, InstanceSighting } from '@instance-ha/recovery';
import { type Acting, acts, find } from './acts.ts';
import { type Bounds, startBounds } from './bounds.ts';
import { type ConnectHost, HostConnections } from './host-connections.ts';
import { toSighting } from './sighting.ts';

export type LibvirtControlOptions = {
  /** Opens a connection to the libvirtd of one host, with keepalive. Called again when it was lost and is wanted. */
  connect: ConnectHost;
  clock: Clock;
  log: Logger;
  /** `connectMs`: longest wait for a connection, default 5 000. Looks and acts bring their own bounds. */
  timeouts?: { connectMs?: number };
};

/** Hands on instances by libvirt alone: persistent domains, found by their UUID on the host named. */
export function createLibvirtControl(options: LibvirtControlOptions): InstanceControl {
  return new LibvirtControl(options);
}

class LibvirtControl implements InstanceControl {
  readonly #options: LibvirtControlOptions;
  readonly #hosts: HostConnections;

  constructor(options: LibvirtControlOptions) {
    const { connect, clock, log, timeouts } = options;
    this.#options = options;
    this.#hosts = new HostConnections({
      connect,
      clock,
      log,
      connectTimeoutMs: timeouts?.connectMs ?? 5_000,
    });
  }

  async look(
    ref: InstanceRef,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<InstanceSighting> {
    return this.#within(options, async bounds => {
      try {
        const seen = await this.#hosts.use(ref.host, 'look', bounds, connection =>
          find({ connection, ref, bounds }),
        );
        if (seen) return toSighting(seen);
        return { seen: 'nothing', detail: `libvirt of ${ref.host} has no domain ${ref.instanceUuid}` };
      } catch (error) {
        return {
          seen: 'could-not-look',
          detail: excuse(error, { bounds, doing: 'looking at it', ...options }),
        };
      }
    });
  }

  async act(
    act: InstanceAct,
    ref: InstanceRef,
    options: { life: string | null; timeoutMs: number; signal: AbortSignal },
  ): Promise<ActOutcome> {
    const { log } = this.#options;
    const outcome = await this.#within(options, bounds => this.#act(act, ref, options, bounds));
    log.info(
      { instance: ref.instanceUuid, host: ref.host, act, life: options.life, ...outcome },
      'act ended',
    );
    return outcome;
  }

  async close(): Promise<void> {
    await this.#hosts.close();
  }

  async #act(
    act: InstanceAct,
    ref: InstanceRef,
    options: { life: string | null; timeoutMs: number; signal: AbortSignal },
    bounds: Bounds,
  ): Promise<ActOutcome> {
    let acting: Acting | undefined;
    try {
      return await this.#hosts.use(ref.host, 'act', bounds, connection => {
        acting = { connection, ref, life: options.life, bounds, doing: 'looking at it' };
        return acts[act](acting);
      });
    } catch (error) {
      const doing = acting?.doing ?? `waiting for libvirt of ${ref.host}`;
      const detail = excuse(error, { bounds, doing, ...options });
      return { outcome: isFinal(error) ? 'refused' : 'failed', detail };
    }
  }

  async #within<T>(
    options: { timeoutMs: number; signal: AbortSignal },
    work: (bounds: Bounds) => Promise<T>,
  ): Promise<T> {
    options.signal.throwIfAborted();
    const bounds = startBounds({ ...options, clock: this.#options.clock });
    try {
      return await work(bounds);
    } finally {
      bounds.end();
    }
  }
}

/** Why it did not come about, in words. Throws the caller's own reason when it was the caller, and our own mistakes. */
function excuse(
  error: unknown,
  context: { bounds: Bounds; doing: string; timeoutMs: number; signal: AbortSignal },
): string {
  if (context.signal.aborted) throw context.signal.reason;
  if (context.bounds.timeIsUp()) return `not done within ${context.timeoutMs} ms, while ${context.doing}`;
  if (LibvirtError.isInstance(error)) return `while ${context.doing}: ${error.message}`;
  throw error;
}

/** libvirt understood, and will answer the same again. */
const finalCodes: ReadonlySet<LibvirtErrorCode> = new Set([
  'refused',
  'unsupported',
  'invalid-argument',
  'auth-unsupported',
  'not-found',
]);

const isFinal = (error: unknown): boolean => LibvirtError.isInstance(error) && finalCodes.has(error.code);
