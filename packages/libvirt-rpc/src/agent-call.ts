/** The guest agent behind libvirt's qemu program: one command, and the ping made of it. */

import { LibvirtError } from './libvirt-error.ts';
import type { DomainRef } from './protocol/bodies.ts';
import { procedures } from './protocol/procedures.ts';
import type { CallOptions, Session } from './session/session.ts';

/** Agent command as JSON text, or as the object that becomes it. */
export type AgentCommand = string | { execute: string; arguments?: Readonly<Record<string, unknown>> };

export type AgentPingOptions = {
  /** What libvirt waits for the agent, rounded up to whole seconds. Default 5 000. */
  timeoutMs?: number | undefined;
  /** Bound of the whole call. Default: the wait above + 10 000. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
};

/** libvirt's own re-synchronisation (5 s, QEMU_AGENT_WAIT_TIME in src/qemu/qemu_agent.c) and as much again to answer. */
const agentGraceMs = 10_000;

const longestTimeoutS = 3_600;

export function agentCall(session: Session) {
  const agentCommand = async (
    domain: DomainRef,
    command: AgentCommand,
    timeoutS: number,
    options: CallOptions = {},
  ): Promise<string> => {
    const text = typeof command === 'string' ? command : JSON.stringify(command);
    if (text.includes('guest-sync-delimited')) {
      throw new RangeError(
        'guest-sync-delimited must not be sent through libvirt: it breaks the agent channel',
      );
    }
    if (!Number.isInteger(timeoutS) || timeoutS < 1 || timeoutS > longestTimeoutS) {
      throw new RangeError(
        `expected an agent timeout from 1 to ${longestTimeoutS} whole seconds, found ${timeoutS}`,
      );
    }
    const { result } = await session.call(
      procedures.QEMU_DOMAIN_AGENT_COMMAND,
      { domain, command: text, timeout: timeoutS, flags: 0 },
      { signal: options.signal, timeoutMs: options.timeoutMs ?? timeoutS * 1_000 + agentGraceMs },
    );
    if (result === undefined) {
      throw new LibvirtError({
        code: 'protocol',
        message: 'QEMU_DOMAIN_AGENT_COMMAND: expected the agent’s answer, found none',
      });
    }
    return result;
  };

  const agentPing = async (domain: DomainRef, options: AgentPingOptions = {}): Promise<void> => {
    const timeoutS = Math.max(1, Math.ceil((options.timeoutMs ?? 5_000) / 1_000));
    await agentCommand(domain, { execute: 'guest-ping' }, timeoutS, {
      timeoutMs: options.deadlineMs,
      signal: options.signal,
    });
  };

  return { agentCommand, agentPing };
}
