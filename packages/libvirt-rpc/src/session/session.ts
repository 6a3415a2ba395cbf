/**
 * One connection's conversation: many calls at once over one stream, told apart by serial.
 *
 *   call ──▶ waiting ──reply──▶ settled
 *               │ deadline, abort
 *               ▼
 *           abandoned ──late reply──▶ dropped and counted
 *
 * Promises: every call settles: by its reply, its deadline, its signal, or the end of the stream. The
 * daemon works on an abandoned call all the same, so it counts against `maxPendingCalls` until its reply
 * came. Knows frames and codecs, and no procedure by name.
 */

import type { Duplex } from 'node:stream';
import { errorFromReply, LibvirtError, type LibvirtErrorCode } from '../libvirt-error.ts';
import { errorBody } from '../protocol/bodies.ts';
import type { Procedure } from '../protocol/procedures.ts';
import { KeepaliveProcedure, Program, protocolVersion } from '../protocol/programs.ts';
import type { Timers } from '../timers.ts';
import { type Codec, decode } from '../wire/codec.ts';
import { encodeFrame, type Frame, FrameReader, MessageStatus, MessageType } from '../wire/frame.ts';
import { type Keepalive, type KeepalivePolicy, startKeepalive } from './keepalive.ts';
import { Outbox } from './outbox.ts';

export type CallOptions = {
  /** Longest wait for the reply. Default: the connection's `callTimeoutMs`. */
  timeoutMs?: number | undefined;
  /** Gives the call up; it then rejects with code `aborted`. */
  signal?: AbortSignal | undefined;
};

/** What a connection has counted since it began. */
export type ConnectionCounters = {
  /** Replies that came after their call was given up. */
  lateReplies: number;
  /** Replies to a serial that was never ours. */
  unknownReplies: number;
  /** Events nobody here is registered for (any more). */
  unclaimedEvents: number;
  /** Legal frames of a type or program we have no use for. */
  ignoredFrames: number;
};

export type SessionOptions = {
  stream: Duplex;
  timers: Timers;
  callTimeoutMs: number;
  maxPendingCalls: number;
  /** A message (an event) of program REMOTE. What it throws ends the connection. */
  onMessage: (frame: Frame) => void;
  /** Serial of the first call. Default 1. */
  firstSerial?: number;
};

type PendingCall = {
  procedure: { readonly name: string; readonly program: number; readonly number: number };
  /** Settles the call by its reply. */
  settle: (reply: Frame) => void;
  reject: (error: LibvirtError) => void;
  /** Stops the deadline and lets go of the signal. */
  disarm: () => void;
};

const pingKey = -1;
const pongKey = -2;

export class Session {
  readonly counters: ConnectionCounters = {
    lateReplies: 0,
    unknownReplies: 0,
    unclaimedEvents: 0,
    ignoredFrames: 0,
  };
  /** Settles once, when the conversation is over: with undefined when this side wanted it so. */
  readonly closed: Promise<LibvirtError | undefined>;

  readonly #options: SessionOptions;
  readonly #reader = new FrameReader();
  readonly #outbox: Outbox;
  readonly #pending = new Map<number, PendingCall>();
  readonly #abandoned = new Set<number>();
  readonly #settleClosed: (error: LibvirtError | undefined) => void;
  #serial: number;
  #keepalive: Keepalive | undefined;
  #ended: { error: LibvirtError | undefined } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.stream);
    this.#serial = (options.firstSerial ?? 1) - 1;
    const { promise, resolve } = Promise.withResolvers<LibvirtError | undefined>();
    this.closed = promise;
    this.#settleClosed = resolve;

    const { stream } = options;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('end', () => this.#lost(this.#endOfStream()));
    stream.on('close', () => this.#lost('the stream was closed'));
    stream.on('error', error => this.#lost(`the stream failed: ${error.message}`, error));
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Calls the daemon still owes a reply, given up here or not. */
  get outstandingCalls(): number {
    return this.#pending.size + this.#abandoned.size;
  }

  /**
   * Sends one call and resolves with its decoded return value. Rejects with a `LibvirtError`, or with
   * `RangeError` when `args` do not fit the wire.
   */
  call<Args, Ret>(procedure: Procedure<Args, Ret>, args: Args, options: CallOptions = {}): Promise<Ret> {
    const { promise, resolve, reject } = Promise.withResolvers<Ret>();
    try {
      const refusal = this.#refuse(procedure.name, options.signal);
      if (refusal) throw refusal;
      const serial = this.#nextSerial();
      const frame = encodeFrame(
        { ...callHeader, program: procedure.program, procedure: procedure.number, serial },
        to => procedure.args.write(to, args),
      );
      this.#pending.set(serial, {
        procedure,
        settle: reply => resolve(readReply(procedure, reply)),
        reject,
        disarm: this.#arm(serial, procedure.name, options),
      });
      this.#outbox.send(serial, frame);
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /** Begins to send PINGs of our own. PINGs of the daemon are answered in any case. */
  startKeepalive(policy: KeepalivePolicy): void {
    if (this.#ended) return;
    this.#keepalive = startKeepalive({
      ...policy,
      timers: this.#options.timers,
      ping: () => this.#outbox.send(pingKey, pingFrame),
      dead: () => {
        const silentMs = (policy.count + 1) * policy.intervalMs;
        this.end(
          fail(
            'keepalive-timeout',
            `no byte from the daemon for ${silentMs} ms, ${policy.count} PINGs unanswered`,
          ),
        );
      },
    });
  }

  /** Ends the conversation at once; every waiting call rejects with `connection-lost`. Later calls change nothing. */
  end(error?: LibvirtError): void {
    if (this.#ended) return;
    this.#ended = { error };
    this.#keepalive?.stop();
    this.#outbox.clear();
    for (const [serial, call] of this.#pending) {
      call.disarm();
      call.reject(lostCall(call.procedure.name, serial, error));
    }
    this.#pending.clear();
    this.#abandoned.clear();
    this.#options.stream.destroy();
    this.#settleClosed(error);
  }

  #refuse(name: string, signal: AbortSignal | undefined): LibvirtError | undefined {
    if (this.#ended) return lostCall(name, undefined, this.#ended.error);
    if (signal?.aborted) return fail('aborted', `${name} was aborted before it was sent`, signal.reason);
    const { maxPendingCalls } = this.#options;
    if (this.outstandingCalls < maxPendingCalls) return undefined;
    return fail(
      'too-many-calls',
      `${name} was not sent: ${this.outstandingCalls} of ${maxPendingCalls} calls wait for the daemon` +
        ` (${this.#abandoned.size} of them given up here)`,
    );
  }

  #arm(
    serial: number,
    name: string,
    { timeoutMs = this.#options.callTimeoutMs, signal }: CallOptions,
  ): () => void {
    const { timers } = this.#options;
    const deadline = timers.setTimeout(
      () =>
        this.#abandon(
          serial,
          fail('timeout', `no reply to ${name} (serial ${serial}) within ${timeoutMs} ms`),
        ),
      timeoutMs,
    );
    const onAbort = () =>
      this.#abandon(serial, fail('aborted', `${name} (serial ${serial}) was aborted`, signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      timers.clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #abandon(serial: number, error: LibvirtError): void {
    const call = this.#pending.get(serial);
    if (!call) return;
    this.#pending.delete(serial);
    if (!this.#outbox.takeBack(serial)) this.#abandoned.add(serial);
    call.disarm();
    call.reject(error);
  }

  #nextSerial(): number {
    do {
      this.#serial = this.#serial === 0xffff_ffff ? 1 : this.#serial + 1;
    } while (this.#pending.has(this.#serial) || this.#abandoned.has(this.#serial));
    return this.#serial;
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    this.#keepalive?.heard();
    this.#reader.push(chunk);
    try {
      for (let frame = this.#reader.next(); frame && !this.#ended; frame = this.#reader.next())
        this.#dispatch(frame);
    } catch (error) {
      this.end(
        LibvirtError.isInstance(error)
          ? error
          : fail('protocol', `the daemon broke the protocol: ${words(error)}`, error),
      );
    }
  }

  #dispatch(frame: Frame): void {
    if (frame.type === MessageType.REPLY) this.#onReply(frame);
    else if (frame.type === MessageType.MESSAGE && frame.program === Program.KEEPALIVE)
      this.#onKeepalive(frame);
    else if (frame.type === MessageType.MESSAGE && frame.program === Program.REMOTE)
      this.#options.onMessage(frame);
    else this.counters.ignoredFrames += 1;
  }

  #onKeepalive(frame: Frame): void {
    if (frame.procedure === KeepaliveProcedure.PING) this.#outbox.send(pongKey, pongFrame);
    else if (frame.procedure !== KeepaliveProcedure.PONG) this.counters.ignoredFrames += 1;
  }

  #onReply(frame: Frame): void {
    const call = this.#pending.get(frame.serial);
    if (!call) {
      if (this.#abandoned.delete(frame.serial)) this.counters.lateReplies += 1;
      else this.counters.unknownReplies += 1;
      return;
    }
    const { procedure } = call;
    if (frame.program !== procedure.program || frame.procedure !== procedure.number) {
      throw new Error(
        `expected the reply to ${procedure.name} (serial ${frame.serial}), found procedure ${frame.procedure}` +
          ` of program 0x${frame.program.toString(16)}`,
      );
    }
    this.#pending.delete(frame.serial);
    call.disarm();
    try {
      call.settle(frame);
    } catch (error) {
      call.reject(
        LibvirtError.isInstance(error)
          ? error
          : fail('protocol', `reply to ${procedure.name}: ${words(error)}`, error),
      );
    }
  }

  #endOfStream(): string {
    const { buffered } = this.#reader;
    return buffered === 0
      ? 'the daemon closed the connection'
      : `the daemon closed the connection after ${buffered} bytes of an unfinished frame`;
  }

  #lost(message: string, cause?: unknown): void {
    this.end(fail('connection-lost', message, cause));
  }
}

/** Throws a `LibvirtError` for an answer "no", and `XdrError` for a body that is not what it should be. */
function readReply<Ret>(procedure: { name: string; ret: Codec<Ret> }, frame: Frame): Ret {
  switch (frame.status) {
    case MessageStatus.OK:
      return decode(procedure.ret, frame.body);
    case MessageStatus.ERROR:
      throw errorFromReply(procedure.name, decode(errorBody, frame.body));
    default:
      throw new Error(`expected status 0 (ok) or 1 (error), found ${frame.status}`);
  }
}

const fail = (code: LibvirtErrorCode, message: string, cause?: unknown): LibvirtError =>
  new LibvirtError({ code, message, cause });

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function lostCall(name: string, serial: number | undefined, why: LibvirtError | undefined): LibvirtError {
  const which = serial === undefined ? `${name} was not sent` : `no reply to ${name} (serial ${serial})`;
  return fail('connection-lost', `${which}: ${why?.message ?? 'this side closed the connection'}`, why);
}

const callHeader = { version: protocolVersion, type: MessageType.CALL, status: MessageStatus.OK } as const;

const keepaliveFrame = (procedure: number): Buffer =>
  encodeFrame({
    program: Program.KEEPALIVE,
    version: protocolVersion,
    procedure,
    type: MessageType.MESSAGE,
    serial: 0,
    status: MessageStatus.OK,
  });
const pingFrame = keepaliveFrame(KeepaliveProcedure.PING);
const pongFrame = keepaliveFrame(KeepaliveProcedure.PONG);
