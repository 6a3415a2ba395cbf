import type { HostEvent } from '../decide-host.ts';
import type { HostState } from '../host-state.ts';
import { guestToRecord } from '../record.ts';
import type { GuestSignal } from '../signal.ts';
import { isWorthRecording, type RecordedSignal, type Recording, toRecordedSignal } from './recording.ts';

/** What one recording holds at most; the rest is counted. */
export const recordingLimits = { signals: 2000, guests: 500 } as const;

/** Gathers a recording while a monitor watches: every event that was judged, with the state before and after it. */
export class Recorder {
  readonly #guests = new Set<string>();
  /** The quiet row of each that told its present CPU time first: later ones are compared with it. */
  readonly #rows = new Map<string, { row: Row; wallAtMs: number; turn: number }>();
  /** In the order in which they were seen: a row that counts after all takes its own place. */
  #signals: Entry[] = [];
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
    const isNew = of !== null && !this.#guests.has(of);
    const entries = [
      ...(of === null ? [] : this.#takeRow(of)),
      { turn: this.#turn, signal: toRecordedSignal(of, signal, onWall(wallAtMs, signal)) },
    ];
    if (
      this.#signals.length + entries.length > recordingLimits.signals ||
      (isNew && this.#guests.size >= recordingLimits.guests)
    ) {
      this.#recording.dropped += 1;
      return;
    }
    if (isNew) {
      this.#guests.add(of);
      if (known) this.#recording.guests.push(guestToRecord(known, onWall(wallAtMs, signal)));
    }
    this.#signals.push(...entries);
  }

  /** The quiet row of a guest, where it is of this recording: what was cut off before may be older. */
  #takeRow(of: string): Entry[] {
    const quiet = this.#rows.get(of);
    this.#rows.delete(of);
    if (!quiet) return [];
    const { row, wallAtMs, turn } = quiet;
    const signal = toRecordedSignal(of, row, onWall(wallAtMs, row));
    return signal.atMs < this.#recording.fromAt ? [] : [{ turn, signal }];
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
type Entry = { turn: number; signal: RecordedSignal };

/** Instants of a signal that was seen at `wallAtMs`, on the wall clock. */
const onWall =
  (wallAtMs: number, signal: GuestSignal) =>
  (atMs: number): number =>
    Math.round(wallAtMs - (signal.atMs - atMs));

const begin = (state: HostState, wallAtMs: number): Recording => ({
  fromAt: Math.round(wallAtMs),
  toAt: Math.round(wallAtMs),
  heard: state.guests.totals.heard,
  guests: [],
  signals: [],
  dropped: 0,
});
