/** The one error class of this package, and how libvirt's error numbers become its codes. */

import type { ErrorBody } from './protocol/bodies.ts';
import { VirErrorDomain, VirErrorNumber } from './protocol/error-numbers.ts';

/**
 * Every code, with whether the same call may well succeed later (on a new connection, where this one is
 * gone). The list is closed, so that it can label a metric.
 */
const retryableByCode = {
  /** The stream to the daemon could not be opened: no socket, nobody listening, no permission. */
  'connect-failed': true,
  /** The connection ended while the call waited, or before it was made; `cause` says why it ended. */
  'connection-lost': true,
  /** The daemon answered no PING for long enough; why a connection closed. */
  'keepalive-timeout': true,
  /** A listener fell behind by more events than are kept for it; why a connection closed. */
  'event-overflow': true,
  /** No reply before the call's deadline. What the daemon did about it is unknown. */
  timeout: true,
  /** The caller's AbortSignal. What the daemon did about it is unknown. */
  aborted: false,
  /** Bytes that are not libvirt's protocol as we know it, or VIR_ERR_RPC. */
  protocol: false,
  /** `maxPendingCalls` calls are waiting already. */
  'too-many-calls': true,
  /** The daemon asks for an authentication this package does not speak (SASL, polkit). */
  'auth-unsupported': false,
  /** VIR_ERR_OPERATION_DENIED, ACCESS_DENIED, AUTH_FAILED, …: libvirt knows what we want and says no. */
  refused: false,
  /** VIR_ERR_NO_DOMAIN. */
  'not-found': false,
  /** VIR_ERR_DOM_EXIST. */
  'already-exists': false,
  /** VIR_ERR_NO_SUPPORT and its like, a procedure the daemon does not have, a transport we do not have. */
  unsupported: false,
  /** VIR_ERR_INVALID_ARG, INVALID_DOMAIN, or a URI that is none. */
  'invalid-argument': false,
  /** VIR_ERR_OPERATION_INVALID: not in this state of the domain. */
  'operation-invalid': false,
  /** VIR_ERR_OPERATION_TIMEOUT: above all "cannot acquire state change lock". */
  'operation-timeout': true,
  /** VIR_ERR_OPERATION_FAILED. */
  'operation-failed': false,
  /** VIR_ERR_OPERATION_ABORTED. */
  'operation-aborted': true,
  /** VIR_ERR_RESOURCE_BUSY. */
  busy: true,
  /** The guest agent gave no answer, is not connected, or went away meanwhile. */
  'agent-unresponsive': true,
  /** The guest agent did answer, with an error: it is alive. */
  'agent-error': false,
  /** The domain has no guest agent channel. */
  'agent-not-configured': false,
  /** VIR_ERR_INTERNAL_ERROR. */
  internal: false,
  /** Any other number of virterror.h; see `libvirtCode`. */
  other: false,
} as const;

export type LibvirtErrorCode = keyof typeof retryableByCode;

/** Every `LibvirtErrorCode`. */
export const libvirtErrorCodes = Object.keys(retryableByCode) as readonly LibvirtErrorCode[];

export type LibvirtErrorOptions = {
  code: LibvirtErrorCode;
  message: string;
  /** `virErrorNumber` in virterror.h, when libvirt itself answered. */
  libvirtCode?: number | undefined;
  /** `virErrorDomain` in virterror.h: the part of libvirt that complains. */
  domainCode?: number | undefined;
  /** libvirt's own words, in the daemon's language. */
  libvirtMessage?: string | undefined;
  cause?: unknown;
};

const marker = Symbol.for('@instance-ha/libvirt-rpc/LibvirtError');

/**
 * Everything that goes wrong between us and libvirt. Branch on `code`; read `libvirtCode` where libvirt's
 * own number matters. Arguments outside their documented range are `RangeError` instead: our caller's
 * mistake, not the cloud's.
 */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  readonly code: LibvirtErrorCode;
  /** Whether the same call may well succeed later, on a new connection where this one is gone. */
  readonly retryable: boolean;
  readonly libvirtCode: number | undefined;
  readonly domainCode: number | undefined;
  readonly libvirtMessage: string | undefined;

  constructor(options: LibvirtErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.retryable = retryableByCode[options.code];
    this.libvirtCode = options.libvirtCode;
    this.domainCode = options.domainCode;
    this.libvirtMessage = options.libvirtMessage;
    Object.defineProperty(this, marker, { value: true });
  }

  /** True for errors of this class, also when two versions of this package are installed. */
  static isInstance(value: unknown): value is LibvirtError {
    return typeof value === 'object' && value !== null && marker in value;
  }
}

const codeByNumber: ReadonlyMap<number, LibvirtErrorCode> = new Map([
  [VirErrorNumber.INTERNAL_ERROR, 'internal'],
  [VirErrorNumber.NO_SUPPORT, 'unsupported'],
  [VirErrorNumber.INVALID_DOMAIN, 'invalid-argument'],
  [VirErrorNumber.INVALID_ARG, 'invalid-argument'],
  [VirErrorNumber.OPERATION_FAILED, 'operation-failed'],
  [VirErrorNumber.DOM_EXIST, 'already-exists'],
  [VirErrorNumber.OPERATION_DENIED, 'refused'],
  [VirErrorNumber.RPC, 'protocol'],
  [VirErrorNumber.NO_DOMAIN, 'not-found'],
  [VirErrorNumber.AUTH_FAILED, 'refused'],
  [VirErrorNumber.OPERATION_INVALID, 'operation-invalid'],
  [VirErrorNumber.CONFIG_UNSUPPORTED, 'unsupported'],
  [VirErrorNumber.OPERATION_TIMEOUT, 'operation-timeout'],
  [VirErrorNumber.ARGUMENT_UNSUPPORTED, 'unsupported'],
  [VirErrorNumber.OPERATION_ABORTED, 'operation-aborted'],
  [VirErrorNumber.AUTH_CANCELLED, 'refused'],
  [VirErrorNumber.OPERATION_UNSUPPORTED, 'unsupported'],
  [VirErrorNumber.AGENT_UNRESPONSIVE, 'agent-unresponsive'],
  [VirErrorNumber.RESOURCE_BUSY, 'busy'],
  [VirErrorNumber.ACCESS_DENIED, 'refused'],
  [VirErrorNumber.AUTH_UNAVAILABLE, 'refused'],
  [VirErrorNumber.AGENT_UNSYNCED, 'agent-unresponsive'],
  [VirErrorNumber.AGENT_COMMAND_TIMEOUT, 'agent-unresponsive'],
  [VirErrorNumber.AGENT_COMMAND_FAILED, 'agent-error'],
]);

/** libvirt's answer "no" to the call `procedure` (a key of the procedure table). */
export function errorFromReply(procedure: string, body: ErrorBody): LibvirtError {
  const libvirtMessage = body.message ?? 'no message';
  return new LibvirtError({
    code: codeOfReply(procedure, body),
    message: `${procedure}: ${libvirtMessage} (libvirt error ${body.code}, domain ${body.domain})`,
    libvirtCode: body.code,
    domainCode: body.domain,
    libvirtMessage,
  });
}

function codeOfReply(procedure: string, body: ErrorBody): LibvirtErrorCode {
  if (procedure === 'QEMU_DOMAIN_AGENT_COMMAND') {
    const code = agentCode(body);
    if (code) return code;
  }
  // libvirt's own client makes NO_SUPPORT of this one (src/rpc/virnetclientprogram.c): the daemon is older.
  const unknownProcedure =
    body.code === VirErrorNumber.RPC &&
    body.domain === VirErrorDomain.RPC &&
    body.message?.startsWith('unknown procedure');
  return unknownProcedure ? 'unsupported' : (codeByNumber.get(body.code) ?? 'other');
}

/**
 * The agent procedure gives some numbers a meaning of their own: 74 when the domain has no channel, 1 for an
 * answer of the agent, and 1 or 38 when its socket broke under the command (QEMU died). Only the words tell
 * those apart (src/qemu/qemu_agent.c: qemuAgentCheckError, qemuAgentIO, qemuAgentIORead, qemuAgentIOWrite),
 * so a daemon that speaks another language gets `internal` or `other`.
 */
function agentCode({ code, message = '' }: ErrorBody): LibvirtErrorCode | undefined {
  if (code === VirErrorNumber.ARGUMENT_UNSUPPORTED) return 'agent-not-configured';
  if (code !== VirErrorNumber.INTERNAL_ERROR && code !== VirErrorNumber.SYSTEM_ERROR) return undefined;
  if (message.includes('unable to execute QEMU agent command')) return 'agent-error';
  return /\b(from|to) agent\b/.test(message) ? 'agent-unresponsive' : undefined;
}
