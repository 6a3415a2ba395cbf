/** Answers "no" of the fake daemon, in libvirt's words (`src/util/virerror.c` and the drivers that raise them). */

import { VirErrorDomain, VirErrorNumber } from '../protocol/error-numbers.ts';

/** Thrown by a handler; becomes the body of an error reply. */
export class FakeFailure extends Error {
  override name = 'FakeFailure';
  readonly code: number;
  readonly domainCode: number;

  constructor(code: number, message: string, domainCode: number = VirErrorDomain.QEMU) {
    super(message);
    this.code = code;
    this.domainCode = domainCode;
  }
}

export const failures = {
  noDomain: (uuid: string, name?: string) =>
    new FakeFailure(
      VirErrorNumber.NO_DOMAIN,
      `Domain not found: no domain with matching uuid '${uuid}'${name === undefined ? '' : ` (${name})`}`,
    ),
  notRunning: () =>
    new FakeFailure(
      VirErrorNumber.OPERATION_INVALID,
      'Requested operation is not valid: domain is not running',
    ),
  alreadyRunning: () =>
    new FakeFailure(
      VirErrorNumber.OPERATION_INVALID,
      'Requested operation is not valid: domain is already running',
    ),
  agentNotConfigured: () =>
    new FakeFailure(
      VirErrorNumber.ARGUMENT_UNSUPPORTED,
      'argument unsupported: QEMU guest agent is not configured',
    ),
  agentNotConnected: () => agentUnresponsive('QEMU guest agent is not connected'),
  agentInError: () => agentUnresponsive('QEMU guest agent is not available due to an error'),
  agentNotAvailable: () => agentUnresponsive('Guest agent not available for now'),
  agentDisappeared: () => agentUnresponsive('Guest agent disappeared while executing command'),
  agentEndOfFile: () =>
    new FakeFailure(VirErrorNumber.INTERNAL_ERROR, 'internal error: End of file from agent socket'),
  agentAnswered: (command: string, text: string) =>
    new FakeFailure(
      VirErrorNumber.INTERNAL_ERROR,
      `internal error: unable to execute QEMU agent command '${command}': ${text}`,
    ),
  stateChangeLock: () =>
    new FakeFailure(
      VirErrorNumber.OPERATION_TIMEOUT,
      'Timed out during operation: cannot acquire state change lock',
    ),
  cannotTerminate: () =>
    new FakeFailure(
      VirErrorNumber.SYSTEM_ERROR,
      'Failed to terminate process with SIGTERM: Device or resource busy',
      VirErrorDomain.NONE,
    ),
  readOnly: (api: string) =>
    new FakeFailure(
      VirErrorNumber.OPERATION_DENIED,
      `operation forbidden: read only access prevents ${api}`,
      VirErrorDomain.DOMAIN,
    ),
  notOpen: () =>
    new FakeFailure(VirErrorNumber.INTERNAL_ERROR, 'internal error: connection not open', VirErrorDomain.RPC),
  alreadyTracked: () =>
    new FakeFailure(
      VirErrorNumber.INVALID_ARG,
      'invalid argument: event callback already tracked',
      VirErrorDomain.EVENT,
    ),
  unsupportedEvent: (eventId: number) =>
    new FakeFailure(
      VirErrorNumber.INTERNAL_ERROR,
      `internal error: unsupported event ID ${eventId}`,
      VirErrorDomain.RPC,
    ),
  notRegistered: (callbackId: number) =>
    new FakeFailure(
      VirErrorNumber.INTERNAL_ERROR,
      `internal error: domain event callback ${callbackId} not registered`,
      VirErrorDomain.RPC,
    ),
  unknownProcedure: (procedure: number) => rpc(`unknown procedure: ${procedure}`),
  unknownProgram: (program: number, version: number) =>
    rpc(`Cannot find program ${program} version ${version}`),
  badBody: () => rpc('Unable to decode message payload'),
  noDriver: (name: string) =>
    new FakeFailure(
      VirErrorNumber.NO_CONNECT,
      `no connection driver available for ${name}`,
      VirErrorDomain.NONE,
    ),
};

const agentUnresponsive = (words: string) =>
  new FakeFailure(VirErrorNumber.AGENT_UNRESPONSIVE, `Guest agent is not responding: ${words}`);

const rpc = (message: string) => new FakeFailure(VirErrorNumber.RPC, message, VirErrorDomain.RPC);
