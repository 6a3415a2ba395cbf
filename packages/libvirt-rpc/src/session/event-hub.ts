/**
 * Who hears what. libvirt takes one registration of an event type per connection (a second one is refused),
 * so this keeps one on the wire per type for as long as any listener here wants it.
 *
 * A listener is on its list before REGISTER is sent: the daemon may send the first event ahead of its reply.
 * A REGISTER whose answer we gave up on ends the connection, since nobody could say what is registered.
 */

import { LibvirtError } from '../libvirt-error.ts';
import {
  eventMessage,
  eventTable,
  eventTypeOfProcedure,
  type LibvirtEvent,
  type LibvirtEventType,
} from '../protocol/events.ts';
import { procedures } from '../protocol/procedures.ts';
import { decode } from '../wire/codec.ts';
import type { Frame } from '../wire/frame.ts';
import { EventQueue } from './event-queue.ts';
import type { CallOptions, Session } from './session.ts';

/** What a registration was made for, and how to end it. */
export type EventRegistration = AsyncDisposable & {
  readonly types: readonly LibvirtEventType[];
  /** Stops delivery at once, then tells the daemon when nobody else wants a type. Never rejects for a lost connection. */
  dispose: () => Promise<void>;
};

export type EventListener<T extends LibvirtEventType = LibvirtEventType> = (
  event: Extract<LibvirtEvent, { type: T }>,
) => void | Promise<void>;

export type EventHubOptions = {
  session: () => Session;
  maxQueuedEvents: number;
  onListenerError: (error: unknown) => void;
};

type Topic = {
  readonly queues: Set<EventQueue<LibvirtEvent>>;
  callbackId: number | undefined;
  /** The last wire operation for this type; the next one waits for it. */
  settled: Promise<unknown>;
};

export class EventHub {
  readonly #options: EventHubOptions;
  readonly #topics = new Map<LibvirtEventType, Topic>();

  constructor(options: EventHubOptions) {
    this.#options = options;
  }

  /** A message frame of program REMOTE. Throws when one of our events cannot be read, or has no room left. */
  receive(frame: Frame): void {
    const session = this.#options.session();
    const type = eventTypeOfProcedure(frame.procedure);
    const topic = type && this.#topics.get(type);
    if (!type || !topic || topic.queues.size === 0) {
      session.counters.unclaimedEvents += 1;
      return;
    }
    const { event } = decode(eventMessage(type), frame.body);
    for (const queue of topic.queues) {
      if (!queue.push(event)) throw overflow(this.#options.maxQueuedEvents, type);
    }
  }

  async register(
    types: readonly LibvirtEventType[],
    listener: (event: LibvirtEvent) => void | Promise<void>,
    options: CallOptions,
  ): Promise<EventRegistration> {
    const queue = new EventQueue<LibvirtEvent>({
      listener,
      maxQueued: this.#options.maxQueuedEvents,
      onListenerError: this.#options.onListenerError,
    });
    const wanted = [...new Set(types)];
    const dispose = async () => {
      queue.stop();
      await Promise.all(wanted.map(type => this.#leave(type, queue)));
    };
    try {
      for (const type of wanted) await this.#join(type, queue, options);
    } catch (error) {
      await dispose();
      throw error;
    }
    return { types: wanted, dispose, [Symbol.asyncDispose]: dispose };
  }

  #join(type: LibvirtEventType, queue: EventQueue<LibvirtEvent>, options: CallOptions): Promise<void> {
    const topic = this.#topic(type);
    topic.queues.add(queue);
    return this.#inTurn(topic, async () => {
      if (topic.callbackId !== undefined) return;
      const session = this.#options.session();
      const args = { eventId: eventTable[type].id, domain: undefined };
      try {
        const reply = await session.call(
          procedures.CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY,
          args,
          options,
        );
        topic.callbackId = reply.callbackId;
      } catch (error) {
        if (LibvirtError.isInstance(error) && (error.code === 'timeout' || error.code === 'aborted'))
          session.end(error);
        throw error;
      }
    });
  }

  #leave(type: LibvirtEventType, queue: EventQueue<LibvirtEvent>): Promise<void> {
    const topic = this.#topic(type);
    topic.queues.delete(queue);
    return this.#inTurn(topic, async () => {
      const { callbackId } = topic;
      const session = this.#options.session();
      if (topic.queues.size > 0 || callbackId === undefined || session.ended) return;
      topic.callbackId = undefined;
      try {
        await session.call(procedures.CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY, { callbackId });
      } catch (error) {
        if (!LibvirtError.isInstance(error)) throw error;
        if (error.code === 'too-many-calls') topic.callbackId = callbackId;
        else if (error.code === 'timeout') session.end(error);
      }
    });
  }

  #topic(type: LibvirtEventType): Topic {
    const known = this.#topics.get(type);
    if (known) return known;
    const topic: Topic = { queues: new Set(), callbackId: undefined, settled: Promise.resolve() };
    this.#topics.set(type, topic);
    return topic;
  }

  #inTurn(topic: Topic, operation: () => Promise<void>): Promise<void> {
    const result = topic.settled.then(operation);
    topic.settled = result.catch(() => {});
    return result;
  }
}

const overflow = (maxQueuedEvents: number, type: LibvirtEventType): LibvirtError =>
  new LibvirtError({
    code: 'event-overflow',
    message: `a listener is ${maxQueuedEvents} events behind; one of type ${type} has no room`,
  });
