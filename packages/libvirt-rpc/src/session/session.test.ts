import { getEventListeners } from 'node:events';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkedPair } from '../fake/linked-pair.ts';
import { createManualTimers } from '../fake/manual-timers.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { procedures } from '../protocol/procedures.ts';
import { KeepaliveProcedure, Program } from '../protocol/programs.ts';
import {
  encodeFrame,
  type Frame,
  type FrameHeader,
  FrameReader,
  MessageStatus,
  MessageType,
} from '../wire/frame.ts';
import type { XdrWriter } from '../wire/xdr.ts';
import { Session, type SessionOptions } from './session.ts';

const { CONNECT_GET_HOSTNAME, CONNECT_GET_LIB_VERSION } = procedures;
const domain = { name: 'guest', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };

/** A session and the daemon's end of its stream, played by hand. */
function conversation(options: Partial<SessionOptions> = {}) {
  const timers = createManualTimers();
  const [stream, daemon] = linkedPair();
  const session = new Session({
    stream,
    timers,
    callTimeoutMs: 10_000,
    maxPendingCalls: 3,
    onMessage: () => {},
    ...options,
  });
  const received: Frame[] = [];
  const reader = new FrameReader();
  daemon.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    for (let frame = reader.next(); frame; frame = reader.next()) received.push(frame);
  });
  daemon.on('error', () => {});
  const send = async (header: Partial<FrameHeader>, body?: (to: XdrWriter) => void) => {
    daemon.write(encodeFrame({ ...base, ...header }, body));
    await timers.settle();
  };
  return { session, daemon, timers, received, send };
}

const base: FrameHeader = {
  program: Program.REMOTE,
  version: 1,
  procedure: CONNECT_GET_HOSTNAME.number,
  type: MessageType.REPLY,
  serial: 1,
  status: MessageStatus.OK,
};
const hostname = (to: XdrWriter) => to.string('host-a', 100);

const failure = async (call: Promise<unknown>): Promise<LibvirtError> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!LibvirtError.isInstance(error)) throw new Error(`expected a LibvirtError, found ${String(error)}`);
  return error;
};

describe('a call', () => {
  it('is answered by the reply with its serial, in whatever order replies come', async () => {
    const { session, send, received, timers } = conversation();
    const name = session.call(CONNECT_GET_HOSTNAME, undefined);
    const version = session.call(CONNECT_GET_LIB_VERSION, undefined);
    await timers.settle();
    expect(received.map(frame => [frame.procedure, frame.type, frame.serial])).toEqual([
      [59, 0, 1],
      [157, 0, 2],
    ]);
    await send({ procedure: 157, serial: 2 }, to => to.u64(9_000_000n));
    await send({ serial: 1 }, hostname);
    expect(await Promise.all([name, version])).toEqual([{ hostname: 'host-a' }, { libVersion: 9_000_000n }]);
    expect(timers.waiting).toBe(0);
  });

  it('is answered when its reply comes byte by byte', async () => {
    const { session, daemon } = conversation();
    const call = session.call(CONNECT_GET_HOSTNAME, undefined);
    for (const byte of encodeFrame(base, hostname)) daemon.write(Buffer.of(byte));
    expect(await call).toEqual({ hostname: 'host-a' });
  });

  it('ends at its deadline; its late reply is dropped and counted', async () => {
    const { session, send, timers } = conversation();
    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined, { timeoutMs: 250 }));
    await timers.advance(249);
    expect(session.outstandingCalls).toBe(1);
    await timers.advance(1);
    expect(await call).toMatchObject({
      code: 'timeout',
      message: 'no reply to CONNECT_GET_HOSTNAME (serial 1) within 250 ms',
    });
    await send({ serial: 1 }, hostname);
    expect(session.counters).toMatchObject({ lateReplies: 1, unknownReplies: 0 });
    expect(session.outstandingCalls).toBe(0);
  });

  it('ends by its signal, with the reason as cause, and lets go of the signal either way', async () => {
    const { session, send, timers } = conversation();
    const { signal, abort } = controller();
    const given = session.call(CONNECT_GET_HOSTNAME, undefined, { signal });
    await send({ serial: 1 }, hostname);
    await given;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);

    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined, { signal }));
    abort('shutting down');
    expect(await call).toMatchObject({ code: 'aborted', cause: 'shutting down' });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(timers.waiting).toBe(0);
  });

  it('is not sent when its signal was aborted before, or its arguments do not fit the wire', async () => {
    const { session, received, timers } = conversation();
    const aborted = session.call(CONNECT_GET_HOSTNAME, undefined, { signal: AbortSignal.abort() });
    expect((await failure(aborted)).code).toBe('aborted');
    const misfit = session.call(procedures.DOMAIN_LOOKUP_BY_UUID, { uuid: 'none' });
    await expect(misfit).rejects.toThrow(RangeError);
    await timers.settle();
    expect(received).toEqual([]);
    expect(session.outstandingCalls).toBe(0);
  });

  it('is refused when too many wait, those given up included, until the daemon has answered', async () => {
    const { session, send } = conversation();
    const { signal, abort } = controller();
    const waiting = [1, 2, 3].map(() => failure(session.call(CONNECT_GET_HOSTNAME, undefined, { signal })));
    abort('enough');
    await Promise.all(waiting);
    expect(await failure(session.call(CONNECT_GET_HOSTNAME, undefined))).toMatchObject({
      code: 'too-many-calls',
      retryable: true,
      message:
        'CONNECT_GET_HOSTNAME was not sent: 3 of 3 calls wait for the daemon (3 of them given up here)',
    });
    await send({ serial: 2 }, hostname);
    const next = session.call(CONNECT_GET_HOSTNAME, undefined);
    await send({ serial: 4 }, hostname);
    expect(await next).toEqual({ hostname: 'host-a' });
  });

  it('gets a new serial even after four billion, and never 0', async () => {
    const { session, received, timers, send } = conversation({ firstSerial: 0xffff_ffff });
    const calls = [1, 2].map(() => session.call(CONNECT_GET_HOSTNAME, undefined));
    await timers.settle();
    expect(received.map(frame => frame.serial)).toEqual([0xffff_ffff, 1]);
    await send({ serial: 0xffff_ffff }, hostname);
    await send({ serial: 1 }, hostname);
    await Promise.all(calls);
  });
});

describe('a reply that is wrong', () => {
  it('of a serial that is not ours is counted, and nothing else', async () => {
    const { session, send } = conversation();
    await send({ serial: 77 }, hostname);
    expect(session.counters.unknownReplies).toBe(1);
    expect(session.ended).toBe(false);
  });

  it('in its body fails that call only', async () => {
    const { session, send } = conversation();
    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined));
    const next = session.call(CONNECT_GET_HOSTNAME, undefined);
    await send({ serial: 1 }, to => to.u32(5));
    await send({ serial: 2 }, hostname);
    expect(await call).toMatchObject({
      code: 'protocol',
      message: 'reply to CONNECT_GET_HOSTNAME: expected 8 more bytes, found 0',
    });
    expect(await next).toEqual({ hostname: 'host-a' });
  });

  it('in its status fails that call only', async () => {
    const { session, send } = conversation();
    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined));
    await send({ status: MessageStatus.CONTINUE }, hostname);
    expect((await call).message).toBe(
      'reply to CONNECT_GET_HOSTNAME: expected status 0 (ok) or 1 (error), found 2',
    );
    expect(session.ended).toBe(false);
  });

  it('in its procedure means that we are out of step, and ends the conversation', async () => {
    const { session, send } = conversation();
    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined));
    await send({ procedure: 157 }, to => to.u64(1n));
    expect(await call).toMatchObject({ code: 'connection-lost', cause: { code: 'protocol' } });
    expect((await session.closed)?.message).toBe(
      'the daemon broke the protocol: expected the reply to CONNECT_GET_HOSTNAME (serial 1), found procedure 157 of program 0x20008086',
    );
  });
});

describe('the end of the stream', () => {
  it('rejects every waiting call, and every later one', async () => {
    const { session, daemon, timers } = conversation();
    const calls = [1, 2].map(() => failure(session.call(CONNECT_GET_HOSTNAME, undefined)));
    daemon.end();
    for (const error of await Promise.all(calls)) expect(error.code).toBe('connection-lost');
    expect(await session.closed).toMatchObject({
      code: 'connection-lost',
      message: 'the daemon closed the connection',
    });
    expect((await failure(session.call(CONNECT_GET_HOSTNAME, undefined))).message).toBe(
      'CONNECT_GET_HOSTNAME was not sent: the daemon closed the connection',
    );
    expect(timers.waiting).toBe(0);
  });

  it('inside a frame says so', async () => {
    const { session, daemon } = conversation();
    daemon.end(encodeFrame(base, hostname).subarray(0, 30));
    expect((await session.closed)?.message).toBe(
      'the daemon closed the connection after 30 bytes of an unfinished frame',
    );
  });

  it('by an error carries it', async () => {
    const { session } = conversation();
    const broken = new Error('ECONNRESET');
    const { session: other } = conversation({ stream: brokenBy(broken) });
    expect(await other.closed).toMatchObject({ code: 'connection-lost', cause: broken });
    session.end();
  });

  it('by an illegal length is a protocol error', async () => {
    const { session, daemon } = conversation();
    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined));
    daemon.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await call).toMatchObject({ code: 'connection-lost', cause: { code: 'protocol' } });
    expect((await session.closed)?.message).toBe(
      'the daemon broke the protocol: expected a frame length from 28 to 33554436 bytes, found 1213486160',
    );
  });

  it('wanted by us resolves `closed` with nothing', async () => {
    const { session } = conversation();
    const call = failure(session.call(CONNECT_GET_HOSTNAME, undefined));
    session.end();
    expect(await session.closed).toBeUndefined();
    expect((await call).message).toBe(
      'no reply to CONNECT_GET_HOSTNAME (serial 1): this side closed the connection',
    );
  });
});

describe('what comes unasked', () => {
  it('PING is answered with PONG', async () => {
    const { send, received } = conversation();
    await send({
      program: Program.KEEPALIVE,
      procedure: KeepaliveProcedure.PING,
      type: MessageType.MESSAGE,
      serial: 0,
    });
    expect(received).toMatchObject([
      { program: Program.KEEPALIVE, procedure: 2, type: 2, serial: 0, status: 0 },
    ]);
  });

  it.each<[string, Partial<FrameHeader>]>([
    ['a type nobody knows', { type: 9 }],
    ['a stream packet', { type: MessageType.STREAM }],
    ['a call', { type: MessageType.CALL }],
    ['a message of another program', { type: MessageType.MESSAGE, program: 0x2000_8099 }],
    ['a keepalive nobody knows', { type: MessageType.MESSAGE, program: Program.KEEPALIVE, procedure: 3 }],
  ])('%s is counted and ignored', async (_what, header) => {
    const { session, send } = conversation();
    const call = session.call(CONNECT_GET_HOSTNAME, undefined);
    await send(header, hostname);
    await send({}, hostname);
    expect(await call).toEqual({ hostname: 'host-a' });
    expect(session.counters.ignoredFrames).toBe(1);
  });

  it('random bytes settle every call, one way or the other', async () => {
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 120 }).map(bytes => Buffer.from(bytes)),
      fc
        .record({
          type: fc.nat(6),
          serial: fc.nat(4),
          status: fc.nat(2),
          tail: fc.uint8Array({ maxLength: 40 }),
        })
        .map(({ tail, ...header }) => encodeFrame({ ...base, ...header }, to => to.opaque(tail))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 12 }), async chunks => {
        const { session, daemon } = conversation();
        const calls = [CONNECT_GET_HOSTNAME, CONNECT_GET_LIB_VERSION].map(procedure =>
          session.call(procedure as typeof CONNECT_GET_HOSTNAME, undefined).then(
            () => 'answered',
            (error: unknown) => LibvirtError.isInstance(error),
          ),
        );
        for (const bytes of chunks) daemon.write(bytes);
        daemon.end();
        for (const outcome of await Promise.all(calls)) expect(['answered', true]).toContain(outcome);
        expect(LibvirtError.isInstance(await session.closed)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a stream that takes no more', () => {
  it('gets the waiting frames in order when it drains, without those given up meanwhile', async () => {
    const { stream, taken, drain } = slowStream();
    const { session, timers } = conversation({ stream, maxPendingCalls: 8 });
    const { signal, abort } = controller();
    const later = controller();
    const calls = [undefined, signal, undefined, later.signal].map(one =>
      failure(session.call(procedures.DOMAIN_GET_STATE, { domain, flags: 0 }, { signal: one })),
    );
    await timers.settle();
    expect(taken.map(frame => frame.serial)).toEqual([1]);

    abort('changed my mind');
    expect(session.outstandingCalls).toBe(3); // The daemon never hears of the second,
    await drain();
    later.abort('changed it again');
    expect(session.outstandingCalls).toBe(2); // nor of the fourth: only one frame left here when it drained.
    await drain();
    expect(taken.map(frame => frame.serial)).toEqual([1, 3]);
    session.end();
    await Promise.all(calls);
  });
});

function controller() {
  const abortController = new AbortController();
  return { signal: abortController.signal, abort: (reason: unknown) => abortController.abort(reason) };
}

const brokenBy = (error: Error) =>
  new Duplex({
    read() {
      this.destroy(error);
    },
    write: (_chunk, _encoding, done) => done(),
  });

/** Takes one frame at a time, and is full after it until drained. */
function slowStream() {
  const taken: Frame[] = [];
  let release = () => {};
  const stream = new Duplex({
    writableHighWaterMark: 1,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const reader = new FrameReader();
      reader.push(chunk);
      const frame = reader.next();
      if (frame) taken.push(frame);
      release = done;
    },
  });
  const drain = async () => {
    release();
    for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve));
  };
  return { stream, taken, drain };
}
