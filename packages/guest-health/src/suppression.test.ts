import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/** Paused, migrating, booting: nobody is suspected. */
describe('silence that means nothing', () => {
  it('a ping under way when it was suspended does not count', () => {
    const transcript = [
      '-1s ping no-answer: alive -> suspect',
      '0s 0(3,0): suspect -> suspended',
      '2s ping no-answer: suspended -> suspended',
      '60s 0(4,0): suspended -> unproven; ask',
      '62s ping no-answer: unproven -> unproven',
      '63s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('after a resume silence counts when the grace is over, and not before', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '10s 0(4,0): suspended -> unproven; ask',
      '20s ping no-answer: unproven -> unproven',
      '50s ping no-answer: unproven -> unproven',
      '80s ping no-answer: unproven -> unproven',
      '110s ping no-answer: unproven -> unproven',
      '136s ping no-answer: unproven -> suspect',
      '166s ping no-answer: suspect -> suspect',
      '196s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('after a reboot only an answer makes its silence mean something', () => {
    const transcript = [
      '0s 1 ×5: alive -> unproven',
      '140s ping no-answer: unproven -> unproven',
      '170s ping no-answer: unproven -> unproven',
      '200s ping no-answer: unproven -> unproven',
      '230s ping no-answer: unproven -> unproven',
      '260s ping ok: unproven -> alive',
      '291s ping no-answer: alive -> suspect',
      '321s ping no-answer: suspect -> suspect',
      '351s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that never answered is never suspected', () => {
    const transcript = [
      '0s ping no-answer: unproven -> unproven',
      '30s ping no-answer: unproven -> unproven',
      '300s ping no-answer: unproven -> unproven',
      '330s ping not-connected: unproven -> unproven',
      '600s ping no-answer: unproven -> unproven',
    ];
    expect(retold(transcript, { before: ['-20 profile', '-20 row 1,1'] })).toEqual(transcript);
  });

  it('a guest migrating away, and back because it failed', () => {
    const transcript = [
      '0s 0(3,1): alive -> suspended',
      '5s ping no-answer: suspended -> suspended',
      '10s 0(4,1): suspended -> unproven; ask',
      '10.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('QEMU ends at the source of a migration: the other host answers for it', () => {
    const transcript = [
      '0s 0(3,1): alive -> suspended',
      '0.2s 0(5,5): suspended -> stopped',
      '10s row 5,3: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest put to sleep by its own power management', () => {
    const transcript = [
      '0s 0(7,0): alive -> suspended',
      '30s row 7,0: suspended -> suspended',
      '60s 0(2,4): suspended -> unproven; ask',
      '61s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a start in paused state', () => {
    const transcript = [
      '0s 18(2,1): stopped -> stopped',
      '0s 0(2,0): stopped -> unproven',
      '0s 0(3,0): unproven -> suspended',
      '30s row 3,1: suspended -> suspended',
      '60s 0(4,0): suspended -> unproven; ask',
      '64s 18(1,2): unproven -> unproven; ask',
      '64.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript, { before: ['-20 profile', '-20 row 5,1'] })).toEqual(transcript);
  });

  it('a row that says running of a QEMU that has ended is stale', () => {
    const transcript = [
      '0s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '1s row 1,1: failed -> failed',
      '30s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('one listing that forgets a guest does no harm', () => {
    const transcript = [
      '0s absent: alive -> stopped',
      '30s row 1,1: stopped -> unproven',
      '31s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a transient domain that is gone is forgotten', () => {
    const transcript = ['0s absent: alive -> stopped', '30s absent: stopped -> gone'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest whose channel was taken away', () => {
    const transcript = [
      '0s ping not-configured: alive -> unmonitored',
      '30s ping no-answer: unmonitored -> unmonitored',
      '60s profile: unmonitored -> unproven; ask',
      '60.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a definition for the next start without a channel takes nothing from a guest that answers', () => {
    const transcript = [
      '0s profile no-channel: alive -> alive',
      '30s ping no-answer: alive -> suspect',
      '60s ping no-answer: suspect -> suspect',
      '90s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a row made before a suspension is not read after it', () => {
    const transcript = [
      '10s 0(3,0): alive -> suspended',
      '9s row 1,1: suspended -> suspended',
      '11s row 3,1: suspended -> suspended',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a row that says running of a guest that was switched off is stale', () => {
    const transcript = [
      '0s 0(5,1): alive -> stopped',
      '1s row 1,1: stopped -> stopped',
      '30s row 5,2: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });
});
