import type { Duplex } from 'node:stream';
import type { Timers } from '@instance-ha/libvirt-rpc';
import type { Clock } from '@instance-ha/ports';
import { settle } from '@instance-ha/ports/fakes';
import { timersOf } from './timers.ts';

/**
 * One running program of the world, as the machine it runs on treats it: it may be asked to stop, killed or frozen at
 * any instant.
 *
 * Its code cannot be ended from outside, but all it can do is to call and to sleep, and both go through here. Once
 * killed, no call of its is answered and no clock wakes it; what it had sent still arrives, and its sockets close. While
 * frozen, time passes and answers wait for it; thawed, its timers fire before it reads what came meanwhile, as in an event
 * loop.
 */
export class Program {
  readonly name: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly #world: Clock;
  readonly #stopping = new AbortController();
  readonly #sockets = new Set<Duplex>();
  #dead = false;
  #frozen: { timers: PromiseWithResolvers<void>; answers: PromiseWithResolvers<void> } | undefined;

  /** `wallAheadMs`: how far the wall clock of its machine is ahead of the world's. */
  constructor(options: { name: string; clock: Clock; wallAheadMs: () => number }) {
    const { name, clock, wallAheadMs } = options;
    this.name = name;
    this.#world = clock;
    this.clock = {
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.wallMs() + wallAheadMs(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
    this.timers = timersOf(this.clock);
  }

  /** SIGTERM arrived. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get alive(): boolean {
    return !this.#dead;
  }

  stop(): void {
    this.#stopping.abort(new Error(`${this.name} was asked to stop`));
  }

  kill(): void {
    this.#dead = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  freeze(): void {
    this.#frozen ??= { timers: Promise.withResolvers(), answers: Promise.withResolvers() };
  }

  async thaw(): Promise<void> {
    const frozen = this.#frozen;
    this.#frozen = undefined;
    frozen?.timers.resolve();
    await settle();
    frozen?.answers.resolve();
  }

  /** A socket that the machine closes when the program dies. */
  owns(socket: Duplex): void {
    if (this.#dead) socket.destroy();
    else this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /**
   * A call to something outside that takes `wayMs` there and as long back. `sent` is done even when the program dies
   * on the way; with `needsLife` it is not: nothing had left the program yet.
   */
  async call<T>(sent: () => Promise<T>, options: { wayMs: number; needsLife?: boolean }): Promise<T> {
    const { wayMs, needsLife = false } = options;
    if (this.#dead) return never();
    if (wayMs > 0) await this.#world.sleep(wayMs);
    if (needsLife && this.#dead) return never();
    const answer = await sent().then(
      value => ({ value }),
      (error: unknown) => ({ error }),
    );
    if (wayMs > 0) await this.#world.sleep(wayMs);
    await this.#answered();
    if ('error' in answer) throw answer.error;
    return answer.value;
  }

  /** The same object, each of its methods a `call`. */
  calling<T extends object>(target: T, options: { wayMs: number; needsLife?: boolean }): T {
    return new Proxy(target, {
      get: (object, key) => {
        const member: unknown = Reflect.get(object, key);
        if (typeof member !== 'function') return member;
        return (...told: unknown[]) =>
          this.call(async () => (await Reflect.apply(member, object, told)) as unknown, options);
      },
    });
  }

  /** Hands on what somebody tells the program unasked, unless it is dead, and once it is thawed. */
  hearing<T>(listener: (told: T) => void): (told: T) => void {
    return told => {
      void this.#answered().then(() => listener(told));
    };
  }

  async #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#dead) return never();
    try {
      await this.#world.sleep(ms, signal);
    } finally {
      if (this.#frozen) await this.#frozen.timers.promise;
      if (this.#dead) await never();
    }
  }

  async #answered(): Promise<void> {
    if (this.#frozen) await this.#frozen.answers.promise;
    if (this.#dead) await never();
  }
}

const never = (): Promise<never> => new Promise(() => {});
