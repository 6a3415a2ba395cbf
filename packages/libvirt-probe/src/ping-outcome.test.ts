import { LibvirtError } from '@instance-ha/libvirt-rpc';
import { expect, it } from 'vitest';
import { judgePingError } from './ping-outcome.ts';

const answer = (code: LibvirtError['code'], libvirtCode: number, libvirtMessage: string): LibvirtError =>
  new LibvirtError({
    code,
    libvirtCode,
    libvirtMessage,
    message: `QEMU_DOMAIN_AGENT_COMMAND: ${libvirtMessage}`,
  });
const ours = (code: LibvirtError['code']): LibvirtError =>
  new LibvirtError({ code, message: `the call ended: ${code}` });
const unresponsive = 'Guest agent is not responding: ';

it.each([
  [
    'answered',
    answer('agent-error', 1, "internal error: unable to execute QEMU agent command 'guest-ping': disabled"),
  ],
  ['answered', answer('agent-error', 113, 'guest agent command failed')],
  ['no-answer', answer('agent-unresponsive', 86, `${unresponsive}Guest agent not available for now`)],
  ['no-answer', answer('agent-unresponsive', 86, 'der Gastagent antwortet nicht')],
  ['no-answer', answer('agent-unresponsive', 112, 'guest agent command timed out')],
  ['not-connected', answer('agent-unresponsive', 86, `${unresponsive}QEMU guest agent is not connected`)],
  [
    'not-connected',
    answer('agent-unresponsive', 86, `${unresponsive}Guest agent disappeared while executing command`),
  ],
  ['not-connected', answer('agent-unresponsive', 1, 'internal error: End of file from agent socket')],
  ['could-not-look', answer('agent-unresponsive', 86, 'QEMU guest agent is not available due to an error')],
  [
    'not-configured',
    answer('agent-not-configured', 74, 'argument unsupported: QEMU guest agent is not configured'),
  ],
  [
    'could-not-look',
    answer('operation-invalid', 55, 'Requested operation is not valid: domain is not running'),
  ],
  ['could-not-look', answer('not-found', 42, 'Domain not found')],
  [
    'could-not-look',
    answer('refused', 29, 'operation forbidden: read only access prevents virDomainQemuAgentCommand'),
  ],
  ['could-not-look', answer('other', 38, 'cannot read from socket')],
  ['could-not-look', answer('operation-timeout', 68, 'cannot acquire state change lock')],
  ['could-not-look', answer('internal', 1, 'internal error: client socket is closed')],
  ['could-not-look', ours('timeout')],
  ['could-not-look', ours('connection-lost')],
  ['could-not-look', ours('keepalive-timeout')],
  ['could-not-look', ours('too-many-calls')],
])('%s: %s', (outcome, error) => {
  const words =
    error.libvirtMessage === undefined
      ? error.message
      : `${error.libvirtMessage} (libvirt error ${error.libvirtCode})`;
  expect(judgePingError(error)).toEqual({ outcome, detail: words });
});

it('does not take our own mistake for a guest', () => {
  expect(() => judgePingError(new RangeError('expected a UUID'))).toThrow(RangeError);
});
