import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/** A frozen QEMU is told from a busy, an idle and a runaway one by its CPU time. */
describe('the second sign', () => {
  it('QEMU used no CPU time around the missed ping: half of the misses are enough', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '5s ping no-answer: alive -> suspect',
      '5.3s row 1,1 cpu=500: suspect -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '35.3s row 1,1 cpu=500: suspect -> failed; NOTIFY heartbeat-lost by silent-and-cpu-stalled, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('one of one or two: the first miss decides', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '6s ping no-answer: alive -> suspect',
      '6.2s row 1,1 cpu=500: suspect -> failed; NOTIFY heartbeat-lost by silent-and-cpu-stalled, #1',
    ];
    expect(retold(transcript, { policy: { failureThreshold: 2 } })).toEqual(transcript);
  });

  it('switched off: every miss is needed', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '35.3s row 1,1 cpu=500: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript, { policy: { secondSign: false } })).toEqual(transcript);
  });

  it('a little CPU time is progress', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '35.3s row 1,1 cpu=501: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('standing still after the ping had failed proves nothing about the ping', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '35.3s row 1,1 cpu=500: suspect -> suspect',
      '45s row 1,1 cpu=500: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('standing still before the ping does not either: the sample after it is missing', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '29s row 1,1 cpu=500: alive -> alive',
      '35s ping no-answer: alive -> suspect',
      '60s ping no-answer: suspect -> suspect',
      '85s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('too short a time is no standstill', () => {
    const transcript = [
      '0s row 1,1 cpu=400: alive -> alive',
      '4s ping no-answer took=1: alive -> suspect',
      '30s row 1,1 cpu=500: suspect -> suspect',
      '34s ping no-answer took=1: suspect -> suspect',
      '34.2s row 1,1 cpu=500: suspect -> suspect',
      '64s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('an idle guest whose agent is gone is not frozen: every poll is needed', () => {
    const transcript = [
      '0s 18(2,2): alive -> confirming',
      '0s row 1,1 cpu=500: confirming -> confirming',
      '60s ping not-connected: confirming -> suspect; ask',
      '60.2s row 1,1 cpu=500: suspect -> suspect',
      '90s ping not-connected: suspect -> suspect',
      '90.2s row 1,1 cpu=500: suspect -> suspect',
      '120s ping not-connected: suspect -> failed; NOTIFY agent-lost by agent-stayed-away, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('an answer to the very ping under way ends it', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '5s ping no-answer: alive -> suspect',
      '5.3s row 1,1 cpu=500: suspect -> suspect',
      '30s row 1,1 cpu=500: suspect -> suspect',
      '35s ping ok took=5: suspect -> alive',
      '35.3s row 1,1 cpu=500: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });
});
