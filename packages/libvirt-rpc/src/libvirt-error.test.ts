import { describe, expect, it } from 'vitest';
import { errorFromReply, LibvirtError, libvirtErrorCodes } from './libvirt-error.ts';
import type { ErrorBody } from './protocol/bodies.ts';

const body = (code: number, message = 'words', domain = 10): ErrorBody => ({
  code,
  domain,
  message,
  level: 2,
  dom: undefined,
  str1: undefined,
  str2: undefined,
  str3: undefined,
  int1: 0,
  int2: 0,
  net: undefined,
});

const agent = 'QEMU_DOMAIN_AGENT_COMMAND';

describe('an answer of libvirt becomes', () => {
  it.each([
    [1, 'internal'],
    [3, 'unsupported'],
    [8, 'invalid-argument'],
    [9, 'operation-failed'],
    [28, 'already-exists'],
    [29, 'refused'],
    [38, 'other'],
    [39, 'protocol'],
    [42, 'not-found'],
    [55, 'operation-invalid'],
    [68, 'operation-timeout'],
    [74, 'unsupported'],
    [86, 'agent-unresponsive'],
    [87, 'busy'],
    [88, 'refused'],
    [97, 'agent-unresponsive'],
    [112, 'agent-unresponsive'],
    [113, 'agent-error'],
    [9_999, 'other'],
  ])('%d: %s', (number, code) => {
    const error = errorFromReply('DOMAIN_CREATE', body(number));
    expect(error).toMatchObject({ code, libvirtCode: number, domainCode: 10, libvirtMessage: 'words' });
  });

  it.each([
    [74, 'argument unsupported: QEMU guest agent is not configured', 'agent-not-configured'],
    [1, "internal error: unable to execute QEMU agent command 'guest-exec': not allowed", 'agent-error'],
    [1, 'internal error: End of file from agent socket', 'agent-unresponsive'],
    [38, 'Unable to read from agent: Connection reset by peer', 'agent-unresponsive'],
    [38, 'Unable to write to agent: Broken pipe', 'agent-unresponsive'],
    [1, 'internal error: something else', 'internal'],
    [55, 'Requested operation is not valid: domain is not running', 'operation-invalid'],
  ])('for an agent command, %d "%s": %s', (number, message, code) => {
    expect(errorFromReply(agent, body(number, message)).code).toBe(code);
  });

  it('unsupported, for a procedure the daemon does not have', () => {
    expect(errorFromReply('DOMAIN_CREATE', body(39, 'unknown procedure: 500', 7)).code).toBe('unsupported');
  });

  it('an error that names the call, libvirt’s words and numbers', () => {
    expect(errorFromReply('DOMAIN_CREATE', body(55, 'domain is already running')).message).toBe(
      'DOMAIN_CREATE: domain is already running (libvirt error 55, domain 10)',
    );
  });
});

describe('LibvirtError', () => {
  it('is recognised across two copies of the package, and nothing else is', () => {
    const error = new LibvirtError({ code: 'timeout', message: 'late', cause: 'why' });
    expect(LibvirtError.isInstance(error)).toBe(true);
    const ofAnotherCopy = Object.assign(new Error('late'), {
      [Symbol.for('@instance-ha/libvirt-rpc/LibvirtError')]: true,
    });
    expect(LibvirtError.isInstance(ofAnotherCopy)).toBe(true);
    for (const other of [new Error('late'), undefined, null, 'timeout'])
      expect(LibvirtError.isInstance(other)).toBe(false);
  });

  it('says which codes may pass by themselves', () => {
    const retryable = libvirtErrorCodes.filter(code => new LibvirtError({ code, message: '' }).retryable);
    expect(retryable).toEqual([
      'connect-failed',
      'connection-lost',
      'keepalive-timeout',
      'event-overflow',
      'timeout',
      'too-many-calls',
      'operation-timeout',
      'operation-aborted',
      'busy',
      'agent-unresponsive',
    ]);
  });
});
