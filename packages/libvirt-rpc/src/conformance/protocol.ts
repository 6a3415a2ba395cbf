import { describe, expect, it } from 'vitest';
import { type Procedure, procedures } from '../protocol/procedures.ts';
import { KeepaliveProcedure, Program, protocolVersion } from '../protocol/programs.ts';
import { nothing, u32 } from '../wire/codec.ts';
import { encodeFrame, MessageStatus, MessageType } from '../wire/frame.ts';
import { connect, type Given, nextFrame, rawSession, refusal } from './helpers.ts';

export function protocolPromises(given: Given): void {
  describe('the conversation', () => {
    it('opens, tells version and host name, and closes', async () => {
      const connection = await connect(given());
      expect(await connection.libVersion()).toBeGreaterThan(1_000_000n);
      expect(await connection.hostname()).not.toBe('');
      await connection.close();
      expect(await connection.closed).toBeUndefined();
      expect(connection.outstandingCalls).toBe(0);
    });

    it('refuses a driver it does not have, with an error of libvirt', async () => {
      const { libvirtCode } = await refusal(connect(given(), { name: 'no-such-driver:///system' }));
      expect(libvirtCode).toBeGreaterThan(0);
    });

    it('answers every one of many calls at once with its own reply', async () => {
      await using connection = await connect(given());
      const { guest } = given();
      const versions = Array.from({ length: 200 }, () => connection.libVersion());
      const lookups = Array.from({ length: 200 }, () => connection.lookupByUuid(guest));
      expect(new Set(await Promise.all(versions)).size).toBe(1);
      expect(new Set((await Promise.all(lookups)).map(domain => domain.uuid))).toEqual(new Set([guest]));
    });

    it('replies late to a call given up, which is dropped and counted', async () => {
      await using connection = await connect(given());
      const giveUp = new AbortController();
      const call = connection.hostname({ signal: giveUp.signal });
      giveUp.abort();
      expect(connection.outstandingCalls).toBe(1); // The daemon works on it all the same.
      expect((await refusal(call)).code).toBe('aborted');
      await connection.libVersion();
      expect(connection.counters).toMatchObject({ lateReplies: 1, unknownReplies: 0 });
      expect(connection.outstandingCalls).toBe(0);
    });

    it('answers a PING, asked for keepalive or not', async () => {
      const stream = await given().open();
      stream.write(encodeFrame(keepaliveHeader(KeepaliveProcedure.PING)));
      expect(await nextFrame(stream)).toMatchObject(keepaliveHeader(KeepaliveProcedure.PONG));
      stream.destroy();
    });

    it.each([
      ['below', 27],
      ['above', 33_554_437],
    ])('ends a connection whose frame length is %s the legal range', async (_where, length) => {
      const stream = await given().open();
      const ended = new Promise(resolve => stream.on('end', resolve).on('close', resolve));
      const received: Buffer[] = [];
      stream.on('data', chunk => received.push(chunk));
      stream.on('error', () => {}); // A reset is an end as well.
      const bytes = Buffer.alloc(64);
      bytes.writeUInt32BE(length);
      stream.write(bytes);
      await ended;
      expect(received).toEqual([]);
      stream.destroy();
    });
  });

  describe('what it does not understand is refused, and the connection lives on', () => {
    it.each([
      ['an unknown procedure', { ...procedures.CONNECT_GET_HOSTNAME, number: 9_999 }, 'unsupported'],
      [
        'an unknown program',
        { ...procedures.CONNECT_GET_HOSTNAME, program: 0x2000_8099 as never },
        'protocol',
      ],
      ['a body cut short', { ...procedures.DOMAIN_LOOKUP_BY_UUID, args: u32 }, 'protocol'],
      ['a missing body', { ...procedures.DOMAIN_GET_STATE, args: nothing }, 'protocol'],
    ])('%s', async (_what, procedure, code) => {
      using session = await rawSession(given());
      expect(await refusal(session.call(procedure as Procedure<unknown, unknown>, 0))).toEqual({
        code,
        libvirtCode: 39,
      });
      expect((await session.call(procedures.CONNECT_GET_HOSTNAME, undefined)).hostname).not.toBe('');
    });

    it('a call before the driver was opened', async () => {
      using session = await rawSession(given(), { openDriver: false });
      expect(await refusal(session.call(procedures.CONNECT_GET_HOSTNAME, undefined))).toEqual({
        code: 'internal',
        libvirtCode: 1,
      });
    });
  });
}

const keepaliveHeader = (procedure: number) => ({
  program: Program.KEEPALIVE,
  version: protocolVersion,
  procedure,
  type: MessageType.MESSAGE,
  serial: 0,
  status: MessageStatus.OK,
});
