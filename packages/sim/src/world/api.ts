import { NotificationPayloadSchema } from '@instance-ha/notification';
import type {
  ActionSource,
  Delivery,
  FiledNotification,
  GuestReporter,
  MonitorReport,
  NotificationRecord,
  NotificationSink,
  Stores,
} from '@instance-ha/ports';
import type { Program } from './program.ts';

/** One way between a host and the API. */
const wayMs = 3;

/** The API as monitors meet it: takes notifications and reports into the stores, or is away. */
export class Api {
  /** `deaf`: it takes what comes, and its answers are lost on the way. */
  is: 'up' | 'away' | 'deaf' = 'up';
  readonly #stores: Pick<Stores, 'notifications' | 'guests' | 'actions'>;
  readonly #onStored: (record: NotificationRecord, duplicate: boolean) => void;
  readonly #onDefect: (defect: string) => void;

  constructor(options: {
    stores: Pick<Stores, 'notifications' | 'guests' | 'actions'>;
    onStored: (record: NotificationRecord, duplicate: boolean) => void;
    onDefect: (defect: string) => void;
  }) {
    this.#stores = options.stores;
    this.#onStored = options.onStored;
    this.#onDefect = options.onDefect;
  }

  sink(program: Program): NotificationSink {
    return {
      deliver: notification => program.call(() => this.#deliver(notification, program.name), { wayMs }),
    };
  }

  reporter(program: Program): GuestReporter {
    return { report: report => program.call(() => this.#report(report), { wayMs }) };
  }

  /** As the long poll of the API, save that it looks each second. */
  actions(program: Program, host: string): ActionSource {
    const ask = <T>(work: () => Promise<T>, otherwise: T): Promise<T> =>
      program.call(
        async () => {
          if (this.is === 'away') return otherwise;
          const answer = await work().catch(() => otherwise);
          return this.is === 'deaf' ? otherwise : answer;
        },
        { wayMs },
      );
    return {
      take: async ({ waitMs, signal }) => {
        const taken = await ask(() => this.#stores.actions.take(host), null);
        if (taken?.length === 0) await program.clock.sleep(Math.min(waitMs, 1000), signal).catch(() => {});
        return signal.aborted ? null : taken;
      },
      report: (uuid, answer) =>
        ask(
          async () => ((await this.#stores.actions.report(uuid, host, answer)) ? 'taken' : 'over'),
          'unavailable',
        ),
    };
  }

  async #deliver(notification: FiledNotification, by: string): Promise<Delivery> {
    if (this.is === 'away') return unavailable('connection refused');
    const payload = NotificationPayloadSchema.safeParse(notification.payload);
    if (!payload.success) this.#onDefect(`a monitor filed what the API refuses: ${payload.error.message}`);
    try {
      const { record, duplicate } = await this.#stores.notifications.file(notification, { name: by });
      this.#onStored(record, duplicate);
      if (this.is === 'deaf') return unavailable('the answer was lost');
      return { delivered: true, notificationUuid: record.uuid, duplicate };
    } catch (error) {
      return unavailable(`the database is away: ${String(error)}`);
    }
  }

  async #report(report: MonitorReport): Promise<boolean> {
    if (this.is === 'away') return false;
    try {
      return (await this.#stores.guests.report(report)) && this.is === 'up';
    } catch {
      return false;
    }
  }
}

const unavailable = (detail: string): Delivery => ({ delivered: false, kind: 'unavailable', detail });
