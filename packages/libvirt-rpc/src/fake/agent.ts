/**
 * A guest agent behind libvirt, with libvirt's own manners as measured on 9.0 (`src/qemu/qemu_agent.c`):
 * commands to one guest queue; a silent agent costs the command's timeout once, and then 5 s of
 * re-synchronisation at every further try, whatever the timeout says. A failure can also stay on the domain as libvirt's own
 * mark: then nothing is asked any more until the domain ends.
 */

import type { Timers } from '../timers.ts';
import { FakeFailure, failures } from './failure.ts';

export type FakeAgentRequest = { execute: string; arguments?: unknown; timeoutS: number };

/** What a scripted agent does with one command. `no-answer` costs the caller the whole timeout. */
export type FakeAgentAnswer = { return: unknown } | { error: string } | 'no-answer';

/**
 * `answers`: alive. `hung`: the channel is open and nothing comes. `not-connected`: nobody holds the channel
 * in the guest. `not-configured`: the domain has no channel. A function answers for itself.
 */
export type AgentBehaviour =
  | 'answers'
  | 'hung'
  | 'not-connected'
  | 'not-configured'
  | ((request: FakeAgentRequest) => FakeAgentAnswer | Promise<FakeAgentAnswer>);

/** QEMU_AGENT_WAIT_TIME. */
const syncWaitMs = 5_000;

const knownCommands = new Set(['guest-ping', 'guest-sync', 'guest-info', 'guest-get-time', 'guest-shutdown']);

export class FakeAgent {
  readonly #timers: Timers;
  #behaviour: AgentBehaviour;
  #inSync = true;
  #marked = false;
  #turn: Promise<unknown> = Promise.resolve();
  #interrupted = Promise.withResolvers<never>();

  constructor(timers: Timers, behaviour: AgentBehaviour) {
    this.#timers = timers;
    this.#behaviour = behaviour;
    this.#interrupted.promise.catch(() => {});
  }

  get behaviour(): AgentBehaviour {
    return this.#behaviour;
  }
  get configured(): boolean {
    return this.#behaviour !== 'not-configured';
  }
  get connected(): boolean {
    return this.configured && this.#behaviour !== 'not-connected';
  }

  /** Changes how it behaves from now on. Losing the connection ends a command that is under way. */
  set(behaviour: AgentBehaviour): void {
    const wasConnected = this.connected;
    this.#behaviour = behaviour;
    if (wasConnected && !this.connected) this.#interrupt(failures.agentDisappeared());
    if (!wasConnected && this.connected) this.#inSync = false;
  }

  /** libvirt marks it as failed (`agentError` of `src/qemu/qemu_domain.h`), until the hypervisor or libvirtd ends. */
  mark(): void {
    this.#marked = true;
  }

  /** A new libvirtd opens the channel: what the old one had asked is owed to nobody. */
  reopened(): void {
    this.#interrupt(failures.agentEndOfFile());
    this.#turn = Promise.resolve();
    this.#inSync = false;
    this.#marked = false;
  }

  /** The hypervisor is gone. */
  ended(): void {
    this.#interrupt(failures.agentEndOfFile());
    this.#marked = false;
    if (this.configured) this.#behaviour = 'not-connected';
  }

  /** Resolves with the agent's answer as JSON text; rejects with `FakeFailure`. */
  command(text: string, timeoutS: number): Promise<string> {
    const result = this.#turn.then(() => this.#execute(text, timeoutS));
    this.#turn = result.catch(() => {});
    return result;
  }

  async #execute(text: string, timeoutS: number): Promise<string> {
    if (this.#marked) throw failures.agentInError();
    if (!this.configured) throw failures.agentNotConfigured();
    if (!this.connected) throw failures.agentNotConnected();
    const request = { ...parseCommand(text), timeoutS };

    if (!this.#inSync) {
      if (this.#behaviour === 'hung') await this.#silence(syncWaitMs);
      this.#inSync = true;
    }
    const answer = await this.#ask(request);
    if (answer === 'no-answer') return this.#silence(timeoutS * 1_000);
    if ('error' in answer) throw failures.agentAnswered(request.execute, answer.error);
    return JSON.stringify(answer);
  }

  #ask(request: FakeAgentRequest): FakeAgentAnswer | Promise<FakeAgentAnswer> {
    if (this.#behaviour === 'hung') return 'no-answer';
    if (typeof this.#behaviour === 'function') {
      return Promise.race([this.#behaviour(request), this.#interrupted.promise]);
    }
    if (knownCommands.has(request.execute)) return { return: {} };
    return { error: `The command ${request.execute} has not been found` };
  }

  async #silence(waitMs: number): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = this.#timers.setTimeout(() => {
      this.#inSync = false;
      reject(failures.agentNotAvailable());
    }, waitMs);
    try {
      return await Promise.race([promise, this.#interrupted.promise]);
    } finally {
      this.#timers.clearTimeout(timer);
    }
  }

  #interrupt(failure: FakeFailure): void {
    this.#interrupted.reject(failure);
    this.#interrupted = Promise.withResolvers<never>();
    this.#interrupted.promise.catch(() => {});
  }
}

function parseCommand(text: string): { execute: string; arguments?: unknown } {
  try {
    const command: unknown = JSON.parse(text);
    if (
      typeof command === 'object' &&
      command !== null &&
      'execute' in command &&
      typeof command.execute === 'string'
    ) {
      return { execute: command.execute, ...('arguments' in command && { arguments: command.arguments }) };
    }
  } catch {
    // Falls through to the answer for all that is no command.
  }
  throw new FakeFailure(1, `internal error: cannot parse json ${text}`);
}
