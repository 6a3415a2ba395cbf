import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/** "Could not look" is never "saw nothing". */
describe('a probe that cannot look', () => {
  it('misses before it and in it do not count', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '40s host blind:',
      '65s ping no-answer: suspect -> suspect',
      '70s host sighted:',
      '70s row 1,1: suspect -> suspect',
      '75s ping no-answer: suspect -> suspect',
      '105s ping no-answer: suspect -> suspect',
      '135s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a suspect guest is not called healthy by it', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '10s host blind:',
      '20s host sighted:',
      '20s row 1,1: suspect -> suspect',
      '31s ping could-not-look: suspect -> suspect',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a ping that could not look leaves the misses as they are', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping could-not-look: suspect -> suspect',
      '66s ping no-answer: suspect -> suspect',
      '96s ping could-not-look: suspect -> suspect',
      '127s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('misses too old to be one row do not add up', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '340s ping no-answer: suspect -> suspect',
      '370s ping no-answer: suspect -> suspect',
      '400s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that died in it is found', () => {
    const transcript = [
      '0s host blind:',
      '10s host sighted:',
      '10s row 5,3: alive -> failed; NOTIFY found-dead by found-crashed, #1',
      '12s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that was shut down in it is not', () => {
    const transcript = ['0s host blind:', '10s host sighted:', '10s row 5,1: alive -> stopped'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest whose reboot it hid is given time to connect', () => {
    const transcript = [
      '0s host blind:',
      '10s host sighted:',
      '10s row 1,1: alive -> alive',
      '11s ping not-connected: alive -> confirming',
      '41s ping not-connected: confirming -> confirming',
      '71s ping not-connected: confirming -> confirming',
      '100s ping ok: confirming -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a pause by the watchdog is believed only after a new look', () => {
    const transcript = [
      '0s 0(3,3): alive -> confirming',
      '0.5s host blind:',
      '60s host sighted:',
      '60s row 3,6: confirming -> confirming',
      '62s row 3,6: confirming -> failed; NOTIFY watchdog-paused by watchdog-paused, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a pause that ended in it was a dump', () => {
    const transcript = [
      '0s 0(3,3): alive -> confirming',
      '0.5s host blind:',
      '60s host sighted:',
      '60s row 1,5: confirming -> unproven; ask',
      '60.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a power-off whose end it hid is found by the listing', () => {
    const transcript = [
      '0s 3(3): alive -> confirming',
      '0.5s host blind:',
      '60s host sighted:',
      '60s row 5,3: confirming -> failed; NOTIFY found-dead by found-crashed, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a listing that succeeds ends it, though nobody said so', () => {
    const transcript = [
      '0s host blind:',
      '10s row 1,1: alive -> alive',
      '15s ping no-answer: alive -> suspect',
      '45s ping no-answer: suspect -> suspect',
      '75s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a panic that libvirt answered in it is told as such, once', () => {
    const transcript = [
      '-1s row 1,1: alive -> alive',
      '0s host blind:',
      '10s host sighted:',
      '10s row 1,9: alive -> failed; NOTIFY panicked by found-restarted-after-panic, in the hands of libvirt, #1',
      '15s ping ok: failed -> alive; heard again after #1',
      '30s row 1,9: alive -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('one guest alone may be hidden', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '6s blind: suspect -> suspect',
      '36s ping no-answer: suspect -> suspect',
      '66s ping no-answer: suspect -> suspect',
      '96s ping no-answer: suspect -> suspect',
      '100s row 1,1: suspect -> suspect',
      '106s ping no-answer: suspect -> suspect',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });
});
