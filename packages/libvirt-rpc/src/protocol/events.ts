/**
 * The event messages this package understands: id to register, procedure that carries them, body.
 *
 * Sources: `virDomainEventID` in libvirt `include/libvirt/libvirt-domain.h` (ids),
 * `src/remote/remote_protocol.x` (REMOTE_PROC_DOMAIN_EVENT_CALLBACK_* and their _msg structures). Every
 * body begins with the callback id that the registration returned.
 */

import { type Codec, i32, struct } from '../wire/codec.ts';
import { type DomainRef, domain, text } from './bodies.ts';

/** What libvirt says about one domain. Numbers are those of the tables in `domain-event.ts`. */
export type LibvirtEvent =
  /** `event` is a `LifecycleEvent`, `detail` one of its details. */
  | { type: 'lifecycle'; domain: DomainRef; event: number; detail: number }
  /** The guest was reset, by itself or from outside; QEMU sends one per reset of the board, so often several. */
  | { type: 'reboot'; domain: DomainRef }
  /** `action` is a `WatchdogAction`. */
  | { type: 'watchdog'; domain: DomainRef; action: number }
  /** `action` is an `IoErrorAction`. One pair of io-error and io-error-reason per request in flight. */
  | { type: 'io-error'; domain: DomainRef; sourcePath: string; deviceAlias: string; action: number }
  /** As `io-error`; `reason` is QEMU's word, such as `enospc`, and may be empty. */
  | {
      type: 'io-error-reason';
      domain: DomainRef;
      sourcePath: string;
      deviceAlias: string;
      action: number;
      reason: string;
    }
  /** libvirt lost the hypervisor's monitor. */
  | { type: 'control-error'; domain: DomainRef }
  /** `state` is an `AgentLifecycleState`, `reason` an `AgentLifecycleReason`. */
  | { type: 'agent-lifecycle'; domain: DomainRef; state: number; reason: number };

export type LibvirtEventType = LibvirtEvent['type'];
export type LibvirtEventOf<T extends LibvirtEventType> = Extract<LibvirtEvent, { type: T }>;

export type EventDescription<T extends LibvirtEventType> = {
  /** `virDomainEventID`. */
  readonly id: number;
  /** Procedure number of the message, program REMOTE. */
  readonly procedure: number;
  /** The body after the callback id. */
  readonly body: Codec<Omit<LibvirtEventOf<T>, 'type'>>;
};

type Body<T extends LibvirtEventType> = Omit<LibvirtEventOf<T>, 'type'>;

export const eventTable: { readonly [T in LibvirtEventType]: EventDescription<T> } = {
  lifecycle: { id: 0, procedure: 318, body: struct<Body<'lifecycle'>>({ domain, event: i32, detail: i32 }) },
  reboot: { id: 1, procedure: 319, body: struct<Body<'reboot'>>({ domain }) },
  watchdog: { id: 3, procedure: 321, body: struct<Body<'watchdog'>>({ domain, action: i32 }) },
  'io-error': {
    id: 4,
    procedure: 322,
    body: struct<Body<'io-error'>>({ domain, sourcePath: text, deviceAlias: text, action: i32 }),
  },
  'io-error-reason': {
    id: 6,
    procedure: 324,
    body: struct<Body<'io-error-reason'>>({
      domain,
      sourcePath: text,
      deviceAlias: text,
      action: i32,
      reason: text,
    }),
  },
  'control-error': { id: 7, procedure: 325, body: struct<Body<'control-error'>>({ domain }) },
  'agent-lifecycle': {
    id: 18,
    procedure: 348,
    body: struct<Body<'agent-lifecycle'>>({ domain, state: i32, reason: i32 }),
  },
};

/** Every event type this package understands, in the order of their ids. */
export const libvirtEventTypes = Object.keys(eventTable) as readonly LibvirtEventType[];

const typeByProcedure = new Map(libvirtEventTypes.map(type => [eventTable[type].procedure, type]));

/** The event type that a message of this procedure carries, if we know it. */
export const eventTypeOfProcedure = (procedure: number): LibvirtEventType | undefined =>
  typeByProcedure.get(procedure);

/** Message body ⇄ callback id and event. */
export function eventMessage<T extends LibvirtEventType>(
  type: T,
): Codec<{ callbackId: number; event: LibvirtEventOf<T> }> {
  const { body } = eventTable[type];
  return {
    write: (to, message) => {
      to.i32(message.callbackId);
      body.write(to, message.event);
    },
    read: from => ({
      callbackId: from.i32(),
      event: { type, ...body.read(from) } as LibvirtEventOf<T>,
    }),
  };
}
