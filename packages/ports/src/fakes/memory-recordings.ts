import { isQuiet, type RecordingStore, recordingSeamMs, recordingsKeptMs } from '../recordings.ts';
import { copy, type MemoryDatabase } from './memory-database.ts';

export function memoryRecordings(database: MemoryDatabase): RecordingStore {
  return {
    async keep(host, told) {
      await database.enter();
      const nowMs = database.clock.monotonicMs();
      database.recordings = database.recordings.filter(
        row => row.host !== host || nowMs - row.keptAtMs <= recordingsKeptMs,
      );
      const recording = copy(told);
      const last = database.recordings.filter(row => row.host === host).at(-1);
      const follows =
        last !== undefined &&
        isQuiet(last.recording) &&
        isQuiet(recording) &&
        last.recording.heard === recording.heard &&
        Math.abs(recording.fromAt - last.recording.toAt) <= recordingSeamMs;
      if (follows) {
        last.recording.toAt = recording.toAt;
        last.keptAtMs = nowMs;
      } else database.recordings.push({ host, recording, keptAtMs: nowMs });
    },
    async since(since, { hosts, limit }) {
      await database.enter();
      const sinceMs = Date.parse(since);
      return database.recordings
        .filter(({ host, recording }) => hosts.includes(host) && recording.toAt > sinceMs)
        .sort((a, b) =>
          a.host === b.host ? a.recording.fromAt - b.recording.fromAt : a.host < b.host ? -1 : 1,
        )
        .slice(0, limit)
        .map(({ host, recording }) => ({ host, recording: copy(recording) }));
    },
  };
}
