/**
 * The programs that share one connection. A program number with its version says whose procedures a frame
 * speaks of.
 *
 * Sources: libvirt `src/remote/remote_protocol.x` (REMOTE_PROGRAM), `src/remote/qemu_protocol.x`
 * (QEMU_PROGRAM), `src/rpc/virkeepaliveprotocol.x` (KEEPALIVE_PROGRAM).
 */

export const Program = {
  REMOTE: 0x2000_8086,
  QEMU: 0x2000_8087,
  KEEPALIVE: 0x6b65_6570,
} as const;
export type Program = (typeof Program)[keyof typeof Program];

/** REMOTE_PROTOCOL_VERSION, QEMU_PROTOCOL_VERSION and KEEPALIVE_PROTOCOL_VERSION: all are 1. */
export const protocolVersion = 1;

/** `keepalive_procedure` in `src/rpc/virkeepaliveprotocol.x`. */
export const KeepaliveProcedure = { PING: 1, PONG: 2 } as const;
