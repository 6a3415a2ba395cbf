import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorFromReply } from '../libvirt-error.ts';
import { decode, encode } from '../wire/codec.ts';
import { encodeFrame, type Frame, FrameReader, MessageStatus, MessageType } from '../wire/frame.ts';
import { domain as domainCodec, errorBody } from './bodies.ts';
import { eventMessage, type LibvirtEvent } from './events.ts';
import { type Procedure, procedures } from './procedures.ts';
import { KeepaliveProcedure, Program } from './programs.ts';

/** Frames of a real daemon; how they were recorded is written at their top. */
const recorded = readFrames(readFileSync(new URL('./fixtures/libvirtd-9.0.0.txt', import.meta.url), 'utf8'));

const uuid = '0d6f9f0a-5a3c-4b1e-9f52-3c1d7b8e6a41';
const domain = { name: 'g', uuid, id: 1 };

type Calls = { [K in keyof typeof procedures]?: [args: unknown, ret: unknown] };

/** What each recorded call asked, and what the daemon returned. */
const calls: Calls = {
  AUTH_LIST: [undefined, { types: [0] }],
  CONNECT_SUPPORTS_FEATURE: [{ feature: 10 }, { supported: 1 }],
  CONNECT_OPEN: [{ name: 'qemu:///system', flags: 0 }, undefined],
  DOMAIN_LOOKUP_BY_UUID: [{ uuid }, { domain }],
  DOMAIN_GET_STATE: [
    { domain, flags: 0 },
    { state: 1, reason: 1 },
  ],
  DOMAIN_GET_INFO: [
    { domain },
    { state: 1, maxMem: 131_072n, memory: 131_072n, nrVirtCpu: 1, cpuTime: expect.any(BigInt) },
  ],
  CONNECT_GET_ALL_DOMAIN_STATS: [
    { domains: [], stats: 3, flags: 0x2000_0001 },
    {
      records: [
        {
          domain,
          parameters: [
            { field: 'state.state', type: 1, value: 1 },
            { field: 'state.reason', type: 1, value: 1 },
            { field: 'cpu.time', type: 4, value: expect.any(BigInt) },
            { field: 'cpu.user', type: 4, value: expect.any(BigInt) },
            { field: 'cpu.system', type: 4, value: expect.any(BigInt) },
            { field: 'cpu.cache.monitor.count', type: 2, value: 0 },
            { field: 'cpu.haltpoll.success.time', type: 4, value: 0n },
            { field: 'cpu.haltpoll.fail.time', type: 4, value: 0n },
          ],
        },
      ],
    },
  ],
  DOMAIN_GET_CONTROL_INFO: [
    { domain, flags: 0 },
    { state: 0, details: 0, stateTime: 0n },
  ],
  CONNECT_LIST_ALL_DOMAINS: [
    { needResults: 1, flags: 0 },
    { domains: [domain], count: 1 },
  ],
  CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY: [{ eventId: 0, domain: undefined }, { callbackId: 0 }],
  DOMAIN_SUSPEND: [{ domain }, undefined],
  DOMAIN_RESUME: [{ domain }, undefined],
  DOMAIN_CREATE: [{ domain }, undefined],
  DOMAIN_DESTROY: [{ domain }, undefined],
  DOMAIN_RESET: [{ domain, flags: 0 }, undefined],
  QEMU_DOMAIN_AGENT_COMMAND: [
    { domain, command: '{"execute":"guest-ping"}', timeout: 5, flags: 0 },
    { result: '{"return":{}}' },
  ],
  CONNECT_CLOSE: [undefined, undefined],
};

describe('a call of ours has the bytes a real daemon took, and its reply means', () => {
  it.each(Object.entries(calls))('%s', (name, [args, ret]) => {
    const procedure = procedures[name as keyof typeof procedures] as Procedure<unknown, unknown>;
    const sent = frame(`> ${name} call`);
    const ours = encodeFrame({ ...sent, program: procedure.program, procedure: procedure.number }, to =>
      procedure.args.write(to, args),
    );
    expect(ours.toString('hex')).toBe(bytes(`> ${name} call`).toString('hex'));

    const reply = frame(`< ${name} reply`);
    expect([reply.program, reply.procedure, reply.type, reply.serial, reply.status]).toEqual([
      procedure.program,
      procedure.number,
      MessageType.REPLY,
      sent.serial,
      MessageStatus.OK,
    ]);
    const value = decode(procedure.ret, reply.body);
    expect(value).toEqual(ret);
    expect(encode(procedure.ret, value)).toEqual(reply.body);
  });
});

describe('an error reply means', () => {
  it.each([
    ['DOMAIN_LOOKUP_BY_UUID', 'error', 'not-found', 42, 10],
    ['QEMU_DOMAIN_AGENT_COMMAND', 'error', 'agent-error', 1, 10],
    ['QEMU_DOMAIN_AGENT_COMMAND', 'error 2', 'agent-unresponsive', 86, 10],
    ['QEMU_DOMAIN_AGENT_COMMAND', 'error 3', 'operation-invalid', 55, 20],
  ])('%s %s: %s', (name, which, code, libvirtCode, domainCode) => {
    const { body, status } = frame(`< ${name} ${which}`);
    expect(status).toBe(MessageStatus.ERROR);
    const error = decode(errorBody, body);
    expect(errorFromReply(name, error)).toMatchObject({ code, libvirtCode, domainCode });
    expect(encode(errorBody, error)).toEqual(body);
  });
});

describe('an event means', () => {
  const disk = { sourcePath: '/run/lab-disks/g/disk.raw', deviceAlias: 'virtio-disk0', action: 1 };
  const lifecycle = (event: number, detail: number, id: number): LibvirtEvent => ({
    type: 'lifecycle',
    domain: { ...domain, id },
    event,
    detail,
  });
  const events: [string, LibvirtEvent][] = [
    ['event lifecycle', lifecycle(3, 0, 1)],
    ['event lifecycle 2', lifecycle(4, 0, 1)],
    ['event lifecycle 3', lifecycle(3, 2, 1)],
    ['event lifecycle 4', lifecycle(6, 2, 1)],
    ['event lifecycle 5', lifecycle(5, 1, -1)],
    ['event lifecycle 6', lifecycle(4, 0, 2)],
    ['event lifecycle 7', lifecycle(2, 0, 2)],
    ['event lifecycle 8', lifecycle(3, 3, 2)],
    ['event io-error', { type: 'io-error', domain, ...disk }],
    ['event io-error-reason', { type: 'io-error-reason', domain, ...disk, reason: 'enospc' }],
    ['event agent-lifecycle', { type: 'agent-lifecycle', domain: { ...domain, id: 2 }, state: 2, reason: 1 }],
    ['event reboot', { type: 'reboot', domain: { ...domain, id: 2 } }],
    ['event watchdog', { type: 'watchdog', domain: { ...domain, id: 2 }, action: 1 }],
  ];
  it.each(events)('%s', (name, event) => {
    const { body, type, program } = frame(`< ${name}`);
    expect([type, program]).toEqual([MessageType.MESSAGE, Program.REMOTE]);
    const message = decode(eventMessage(event.type), body);
    expect(message).toEqual({ callbackId: expect.any(Number), event });
    expect(encode(eventMessage(event.type), message)).toEqual(body);
  });
});

it('PING and PONG are bare frames of their own program', () => {
  const bare = { program: Program.KEEPALIVE, version: 1, type: 2, serial: 0, status: 0 };
  expect(bytes('< PING')).toEqual(encodeFrame({ ...bare, procedure: KeepaliveProcedure.PING }));
  expect(bytes('> PONG')).toEqual(encodeFrame({ ...bare, procedure: KeepaliveProcedure.PONG }));
});

it('a UUID is in the middle of a domain, without a length', () => {
  expect(encode(domainCodec, domain).toString('hex')).toBe(
    `0000000167000000${uuid.replaceAll('-', '')}00000001`,
  );
});

function readFrames(text: string): ReadonlyMap<string, Buffer> {
  const frames = new Map<string, Buffer>();
  for (const section of text.split(/^== /m).slice(1)) {
    const [name = '', ...lines] = section.trimEnd().split('\n');
    const words = lines.map(line => /^(?:[0-9a-f]{8} ?)+/.exec(line)?.[0] ?? '');
    frames.set(name, Buffer.from(words.join('').replaceAll(' ', ''), 'hex'));
  }
  return frames;
}

function bytes(name: string): Buffer {
  const found = recorded.get(name);
  if (!found) throw new Error(`no frame "${name}" was recorded`);
  return found;
}

function frame(name: string): Frame {
  const reader = new FrameReader();
  reader.push(bytes(name));
  const found = reader.next();
  if (!found || reader.buffered > 0) throw new Error(`"${name}" is not one whole frame`);
  return found;
}
