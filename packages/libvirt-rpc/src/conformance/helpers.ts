import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { LibvirtWorld } from '../conformance.ts';
import { type ConnectLibvirtOptions, connectLibvirt } from '../connect.ts';
import type { LibvirtConnection } from '../connection.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { procedures } from '../protocol/procedures.ts';
import { Session } from '../session/session.ts';
import { systemTimers } from '../timers.ts';
import { type Frame, FrameReader } from '../wire/frame.ts';

export type Given = () => LibvirtWorld;

/** A connection that ends with the block that holds it. */
export const connect = (
  world: LibvirtWorld,
  options: ConnectLibvirtOptions = {},
): Promise<LibvirtConnection> =>
  connectLibvirt({
    open: world.open,
    name: world.driverName,
    keepalive: false,
    ...(world.timers && { timers: world.timers }),
    ...options,
  });

/** The layer below a connection, for calls no connection would make. */
export async function rawSession(
  world: LibvirtWorld,
  { openDriver = true } = {},
): Promise<Session & Disposable> {
  const session = new Session({
    stream: await world.open(),
    timers: world.timers ?? systemTimers,
    callTimeoutMs: 10_000,
    maxPendingCalls: 1_024,
    onMessage: () => {},
  });
  await session.call(procedures.AUTH_LIST, undefined);
  if (openDriver) await session.call(procedures.CONNECT_OPEN, { name: world.driverName, flags: 0 });
  return Object.assign(session, { [Symbol.dispose]: () => session.end() });
}

/** The next whole frame a stream brings; rejects when it ends first. */
export async function nextFrame(stream: Duplex): Promise<Frame> {
  const reader = new FrameReader();
  for (;;) {
    const [chunk] = (await Promise.race([once(stream, 'data'), once(stream, 'end').then(() => [])])) as [
      Buffer?,
    ];
    if (!chunk) throw new Error('the daemon closed the connection');
    reader.push(chunk);
    const frame = reader.next();
    if (frame) return frame;
  }
}

/** Code and libvirt's number of the refusal; fails when the call succeeds. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ code: string; libvirtCode: number | undefined }> {
  const outcome = await call.then(
    value => value,
    (error: unknown) => error,
  );
  if (!LibvirtError.isInstance(outcome)) throw new Error(`expected a LibvirtError, found ${String(outcome)}`);
  return { code: outcome.code, libvirtCode: outcome.libvirtCode };
}
