import type { HostEvent } from '../decide-host.ts';
import type { HostState } from '../host-state.ts';
import { type GuestRecord, guestToRecord } from '../record.ts';
import type { GuestSignal } from '../signal.ts';
import { isWorthRecording, type RecordedSignal, type Recording, toRecordedSignal } from './recording.ts';

/** What one recording holds at most; the rest is counted. */
export const recordingLimits = { signals: 2000, guests: 500 } as const;

/** Gathers a recording while a monitor watches: every event that was judged, with the state before and after it. */
export class Recorder {
  readonly #guests = new Map<string, GuestRecord | null>();
  /** The quiet row of each that told its present CPU time first: later ones are compared with it. */
  readonly #rows = new Map<string, { row: Row; wallAtMs: number; turn: number }>();
  /** In the order in which they were seen: a row that counts after all takes its own place. */
  #signals: { turn: number; signal: RecordedSignal }[] = [];
  #turn = 0;
  #recording: Recording;

  constructor(state: HostState, wallAtMs: number) {
    this.#recording = begin(state, wallAtMs);
  }

  see(before: HostState, event: HostEvent, after: HostState): void {
    const { signal, wallAtMs } = event;
    if (signal.type === 'tick') return;
    if ('instanceUuid' in event && !after.guests.has(event.instanceUuid))
      this.#rows.delete(event.instanceUuid);
    this.#turn += 1;
    const of = 'instanceUuid' in event ? event.instanceUuid : null;
    const known = of === null ? undefined : before.guests.get(of);
    // While somebody is accused of silence it counts when its neighbours were looked at.
    const isAnswer = signal.type === 'ping' && before.guests.totals.accused > 0;
    if (of !== null && !isAnswer && !isWorthRecording(known, signal, after.guests.get(of))) {
      const isNews = signal.type === 'state' && tellsNewTime(this.#rows.get(of)?.row, signal);
      if (isNews) this.#rows.set(of, { row: signal, wallAtMs, turn: this.#turn });
      return;
    }
    if (of === null && signal.type === 'blind' && before.blind) return;
    const { guests } = this.#recording;
    const isNew = of !== null && !this.#guests.has(of);
    if (
      this.#signals.length >= recordingLimits.signals ||
      (isNew && this.#guests.size >= recordingLimits.guests)
    ) {
      this.#recording.dropped += 1;
      return;
    }
    const wall = (atMs: number): number => Math.round(wallAtMs - (signal.atMs - atMs));
    if (isNew) {
      const record = known ? guestToRecord(known, wall) : null;
      this.#guests.set(of, record);
      if (record) guests.push(record);
    }
    if (of !== null) this.#keepRow(of);
    this.#signals.push({ turn: this.#turn, signal: toRecordedSignal(of, signal, wall) });
  }

  #keepRow(of: string): void {
    const quiet = this.#rows.get(of);
    this.#rows.delete(of);
    if (!quiet) return;
    const { row, wallAtMs, turn } = quiet;
    const wall = (atMs: number): number => Math.round(wallAtMs - (row.atMs - atMs));
    // What was cut off before may be older than this recording.
    if (wall(row.atMs) < this.#recording.fromAt) return;
    this.#signals.push({ turn, signal: toRecordedSignal(of, row, wall) });
  }

  /** What was gathered since the last cut; the next one begins where it ends. */
  cut(state: HostState, wallAtMs: number): Recording {
    const { fromAt } = this.#recording;
    const signals = this.#signals.sort((a, b) => a.turn - b.turn).map(({ signal }) => signal);
    const whole = { ...this.#recording, toAt: Math.max(fromAt, Math.round(wallAtMs)), signals };
    this.#signals = [];
    this.#recording = begin(state, whole.toAt);
    this.#guests.clear();
    return whole;
  }
}

const tellsNewTime = (known: Row | undefined, { cpuTimeNs }: Row): boolean =>
  !known || (cpuTimeNs !== null && cpuTimeNs !== known.cpuTimeNs);

type Row = Extract<GuestSignal, { type: 'state' }>;

const begin = (state: HostState, wallAtMs: number): Recording => ({
  fromAt: Math.round(wallAtMs),
  toAt: Math.round(wallAtMs),
  heard: state.guests.totals.heard,
  guests: [],
  signals: [],
  dropped: 0,
});
