import {
  isQuiet,
  type RecordingStore,
  recordingSeamMs,
  recordingsKeptMs,
  recordingsOfAHost,
} from '../recordings.ts';
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
      const ofHost = database.recordings.filter(row => row.host === host);
      const gone = new Set(ofHost.slice(0, Math.max(0, ofHost.length - recordingsOfAHost)));
      if (gone.size > 0) database.recordings = database.recordings.filter(row => !gone.has(row));
    },
    async of(host, { since, maxBytes }) {
      await database.enter();
      const sinceMs = Date.parse(since);
      const all = database.recordings
        .filter(row => row.host === host && row.recording.toAt > sinceMs)
        .map(({ recording }) => copy(recording));
      let bytes = 0;
      const recordings = all.filter(recording => {
        bytes += Buffer.byteLength(JSON.stringify(recording));
        return bytes <= maxBytes;
      });
      return { recordings, complete: recordings.length === all.length };
    },
  };
}
