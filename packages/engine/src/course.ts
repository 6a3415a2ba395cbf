import type { Claim, InstanceRef } from '@instance-ha/ports';
import type { RecoveryEffect, RecoveryEvent, RecoverySubject } from '@instance-ha/recovery';
import type { HostBooks } from './host-books.ts';
import type { Lease } from './lease.ts';
import type { EngineMetrics } from './metrics.ts';
import type { EngineSettings } from './options.ts';
import type { Watcher } from './wakes.ts';

export type Effect<Type extends RecoveryEffect['type']> = Extract<RecoveryEffect, { type: Type }>;
/** What comes of carrying out an effect: the next one. */
export type Next = RecoveryEffect | undefined;

/** One recovery, as those see it who carry out what it asks for. Its calls reject with `LeaseLostError` or `StoreError`. */
export type Course = {
  readonly settings: EngineSettings;
  readonly metrics: EngineMetrics;
  readonly claim: Claim;
  readonly lease: Lease;
  readonly subject: RecoverySubject;
  readonly ref: InstanceRef;
  readonly watcher: Watcher;
  /** The books of segments, hosts and moves; the same ones each time. */
  books(stores: ConstructorParameters<typeof HostBooks>[0]): HostBooks;
  /** Milliseconds since the notification was accepted; never before a fact that is known already. */
  atMs(): number;
  /** Notes a fact, and learns what follows from it. */
  feed(event: RecoveryEvent): Next;
  /** What is known goes to the journal, and the moves of a host to their books. */
  store(): Promise<void>;
  /** Before a wait: what is known is stored, and somebody else may look or act. */
  rest(): Promise<void>;
  /** One of the places of those that look or act at the same time. */
  takeSlot(): Promise<void>;
  /** The fact that somebody has paused all recoveries; undefined while nobody has, or where that holds nothing. */
  pausedFact(mayHold: boolean): Promise<RecoveryEvent | undefined>;
  /** Whether operators may have ruled: whoever waits lets the loop ask. */
  mayBeRuled(): boolean;
  /** Ends early when something rings: a change of the notification, its instance or its host. */
  sleep(ms: number): Promise<void>;
  /** A question to the database. */
  asking<T>(what: string, call: () => Promise<T>): Promise<T>;
  /** A call of a control that may hang or reject although it must not. */
  bounded<T>(call: {
    what: string;
    timeoutMs: number;
    call: (signal: AbortSignal) => Promise<T>;
    otherwise: (why: string) => T;
  }): Promise<T>;
};
