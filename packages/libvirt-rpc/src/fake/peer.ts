/**
 * The fake daemon's end of one connection. Like libvirtd it stops reading, PINGs included, while
 * `maxClientRequests` calls of this client are under way (`src/rpc/virnetserverclient.c`), answers what it
 * does not know with VIR_ERR_RPC and lives on, and drops a client whose frame length is illegal.
 */

import type { Duplex } from 'node:stream';
import { type ErrorBody, errorBody } from '../protocol/bodies.ts';
import { eventMessage, eventTable, type LibvirtEvent } from '../protocol/events.ts';
import { type Procedure, procedures } from '../protocol/procedures.ts';
import { KeepaliveProcedure, Program, protocolVersion } from '../protocol/programs.ts';
import { type Keepalive, startKeepalive } from '../session/keepalive.ts';
import { decode } from '../wire/codec.ts';
import {
  encodeFrame,
  type Frame,
  type FrameHeader,
  FrameReader,
  MessageStatus,
  MessageType,
} from '../wire/frame.ts';
import type { XdrWriter } from '../wire/xdr.ts';
import { FakeFailure, failures } from './failure.ts';
import type { Daemon } from './fake-libvirtd.ts';
import { handlers, writeProcedures } from './handlers.ts';

export type Registration = { callbackId: number; eventId: number; uuid: string | undefined };

type AnyProcedure = Procedure<unknown, unknown> & { key: keyof typeof procedures };

const procedureByNumber: ReadonlyMap<string, AnyProcedure> = new Map(
  Object.entries(procedures).map(([key, procedure]) => [
    `${procedure.program}/${procedure.number}`,
    { ...procedure, key } as unknown as AnyProcedure,
  ]),
);

export class Peer {
  /** What CONNECT_OPEN asked for; undefined before it. */
  opened: { readOnly: boolean } | undefined;
  readonly registrations: Registration[] = [];
  readonly #daemon: Daemon;
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #held: Buffer[] = [];
  #underWay = 0;
  #dropped = false;
  #keepalive: Keepalive | undefined;

  constructor(daemon: Daemon, stream: Duplex) {
    this.#daemon = daemon;
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.pump();
    });
    stream.on('error', () => {});
    stream.on('end', () => this.drop());
    stream.on('close', () => this.drop());
  }

  /** Ends the connection; what was written before still arrives, as from a socket whose process died. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#keepalive?.stop();
    this.registrations.length = 0;
    this.#daemon.peers.delete(this);
    this.#stream.end(() => this.#stream.destroy());
  }

  /** Reads as far as the daemon may; to be called again whenever that may have changed. */
  pump(): void {
    if (!this.#daemon.frozen) for (const frame of this.#held.splice(0)) this.#write(frame);
    const full = () => this.#daemon.frozen || this.#underWay >= this.#daemon.maxClientRequests;
    try {
      while (!full() && !this.#dropped) {
        const frame = this.#reader.next();
        if (!frame) break;
        this.#keepalive?.heard();
        this.#receive(frame);
      }
    } catch {
      this.drop();
      return;
    }
    if (full() && !this.#dropped) this.#stream.pause();
    else this.#stream.resume();
  }

  startKeepalive(): void {
    const policy = this.#daemon.keepalive;
    if (!policy || this.#keepalive) return;
    this.#keepalive = startKeepalive({
      ...policy,
      timers: this.#daemon.timers,
      ping: () => this.#write(keepaliveFrame(KeepaliveProcedure.PING)),
      dead: () => this.drop(),
    });
  }

  /** Sends the event once for every registration of this client that it matches. */
  tell(event: LibvirtEvent): void {
    const { id, procedure } = eventTable[event.type];
    for (const { callbackId, eventId, uuid } of this.registrations) {
      if (eventId !== id || (uuid !== undefined && uuid !== event.domain.uuid)) continue;
      const header = { ...messageHeader, program: Program.REMOTE, procedure, serial: eventSerial };
      this.#write(encodeFrame(header, to => eventMessage(event.type).write(to, { callbackId, event })));
    }
  }

  #receive(frame: Frame): void {
    if (frame.program === Program.KEEPALIVE && frame.type === MessageType.MESSAGE) {
      if (frame.procedure === KeepaliveProcedure.PING) this.#write(keepaliveFrame(KeepaliveProcedure.PONG));
      return;
    }
    if (frame.type !== MessageType.CALL) return;
    this.#underWay += 1;
    void this.#answer(frame).then(reply => {
      this.#underWay -= 1;
      this.#write(reply);
      this.pump();
    });
  }

  async #answer(frame: Frame): Promise<Buffer> {
    try {
      const procedure = findProcedure(frame);
      this.#daemon.countCall(procedure.key);
      const ret = await this.#daemon.workers.run(procedure.priority, () => this.#handle(procedure, frame));
      return reply(frame, MessageStatus.OK, to => procedure.ret.write(to, ret));
    } catch (error) {
      const body = errorOf(error);
      return reply(frame, MessageStatus.ERROR, to => errorBody.write(to, body));
    }
  }

  #handle(procedure: AnyProcedure, frame: Frame): unknown {
    const args = decodeArgs(procedure, frame);
    const { key } = procedure;
    if (!this.opened && !beforeOpen.has(key)) throw failures.notOpen();
    const api = writeProcedures[key];
    if (api && this.opened?.readOnly) throw failures.readOnly(api);
    const handler = handlers[key] as (args: unknown, context: { daemon: Daemon; peer: Peer }) => unknown;
    return handler(args, { daemon: this.#daemon, peer: this });
  }

  #write(frame: Buffer): void {
    if (this.#dropped) return;
    if (this.#daemon.frozen) this.#held.push(frame);
    else this.#stream.write(frame);
  }
}

const beforeOpen: ReadonlySet<string> = new Set([
  'AUTH_LIST',
  'CONNECT_OPEN',
  'CONNECT_SUPPORTS_FEATURE',
  'CONNECT_CLOSE',
]);

function findProcedure(frame: Frame): AnyProcedure {
  const knownProgram = frame.program === Program.REMOTE || frame.program === Program.QEMU;
  if (!knownProgram || frame.version !== protocolVersion)
    throw failures.unknownProgram(frame.program, frame.version);
  const procedure = procedureByNumber.get(`${frame.program}/${frame.procedure}`);
  if (!procedure) throw failures.unknownProcedure(frame.procedure);
  return procedure;
}

function decodeArgs(procedure: AnyProcedure, frame: Frame): unknown {
  try {
    return decode(procedure.args, frame.body);
  } catch {
    throw failures.badBody();
  }
}

function errorOf(error: unknown): ErrorBody {
  const failure =
    error instanceof FakeFailure ? error : new FakeFailure(1, `internal error: ${String(error)}`);
  return {
    code: failure.code,
    domain: failure.domainCode,
    message: failure.message,
    level: 2,
    dom: undefined,
    str1: '%s',
    str2: failure.message,
    str3: undefined,
    int1: -1,
    int2: -1,
    net: undefined,
  };
}

const reply = (call: FrameHeader, status: number, writeBody: (to: XdrWriter) => void): Buffer =>
  encodeFrame({ ...call, type: MessageType.REPLY, status }, writeBody);

/** What remoteDispatchObjectEventSend in libvirt `src/remote/remote_daemon_dispatch.c` writes. */
const eventSerial = 1;

const messageHeader = {
  version: protocolVersion,
  type: MessageType.MESSAGE,
  serial: 0,
  status: MessageStatus.OK,
};

const keepaliveFrame = (procedure: number): Buffer =>
  encodeFrame({ ...messageHeader, program: Program.KEEPALIVE, procedure });
