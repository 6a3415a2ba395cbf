import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/** What proved its heartbeat, and what was reported, survives in the record. */
describe('a restart of the monitor', () => {
  it('a guest that died meanwhile is found, in the boot that was known', () => {
    const transcript = [
      '0s restart: 1 guests remembered',
      '1s host sighted:',
      '1s row 5,3: alive -> failed; NOTIFY found-dead by found-crashed, #1',
      '30s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('one that was reported is not reported again, and its incident ends when it is heard', () => {
    const transcript = [
      '0s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '10s restart: 1 guests remembered',
      '11s host sighted:',
      '11s row 5,3: failed -> failed',
      '20s 0(4,0) id=8: failed -> unproven',
      '20s 0(2,0) id=8: unproven -> unproven',
      '25s ping ok: unproven -> alive; heard again after #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('one that was reported, was heard again and died meanwhile is a new incident', () => {
    const transcript = [
      '0s 0(3,2): alive -> failed; NOTIFY io-error by suspended-ioerror, #1',
      '5s 0(4,0): failed -> unproven',
      '8s ping ok: unproven -> alive; heard again after #1',
      '10s restart: 1 guests remembered',
      '11s row 5,3: alive -> failed; NOTIFY found-dead by found-crashed, #2',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('one that runs under another domain id is in a new life and has to prove itself', () => {
    const transcript = [
      '0s restart: 1 guests remembered',
      '1s host sighted:',
      '1s row 1,1 id=9: alive -> unproven',
      '6s ping no-answer: unproven -> unproven',
      '36s ping no-answer: unproven -> unproven',
      '66s ping no-answer: unproven -> unproven',
      '96s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('an id used again is no disguise: CPU time never falls', () => {
    const transcript = [
      '0s row 1,1 cpu=5000: alive -> alive',
      '1s restart: 1 guests remembered',
      '2s row 1,1 cpu=100: alive -> unproven',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('libvirt lost the reason: off, cause unknown, no report', () => {
    const transcript = [
      '0s restart: 1 guests remembered',
      '1s host sighted:',
      '1s row 5,0: alive -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that hung meanwhile is found by its misses', () => {
    const transcript = [
      '0s restart: 1 guests remembered',
      '1s host sighted:',
      '1s row 1,1: alive -> alive',
      '6s ping no-answer: alive -> suspect',
      '36s ping no-answer: suspect -> suspect',
      '66s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that hangs still is not reported again', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
      '70s restart: 1 guests remembered',
      '71s host sighted:',
      '71s row 1,1: failed -> failed',
      '76s ping no-answer: failed -> failed',
      '106s ping no-answer: failed -> failed',
      '136s ping no-answer: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('misses do not survive it: nobody saw what happened in between', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '40s restart: 1 guests remembered',
      '41s host sighted:',
      '41s row 1,1: suspect -> suspect',
      '46s ping no-answer: suspect -> suspect',
      '76s ping no-answer: suspect -> suspect',
      '106s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest suspended by a wish is still suspended, and asked again when resumed', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '10s restart: 1 guests remembered',
      '11s host sighted:',
      '11s row 3,1: suspended -> suspended',
      '60s 0(4,0): suspended -> unproven; ask',
      '61s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that was off and crashed in a life nobody saw is found', () => {
    const transcript = [
      '0s 0(5,1): alive -> stopped',
      '1s restart: 1 guests remembered',
      '2s row 5,3: stopped -> failed; NOTIFY found-dead by found-crashed, #1',
      '3s row 5,3: failed -> failed',
      '4s restart: 1 guests remembered',
      '5s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a panic that libvirt answered meanwhile is told as such', () => {
    const transcript = [
      '0s row 1,1: alive -> alive',
      '0s restart: 1 guests remembered',
      '1s host sighted:',
      '1s row 1,9: alive -> failed; NOTIFY panicked by found-restarted-after-panic, in the hands of libvirt, #1',
      '5s ping ok: failed -> alive; heard again after #1',
      '30s row 1,9: alive -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('a pause by the watchdog that began before it is confirmed after it', () => {
    const transcript = [
      '0s 0(3,3): alive -> confirming',
      '0.5s restart: 1 guests remembered',
      '10s host sighted:',
      '10s row 3,6: confirming -> confirming',
      '12s tick:; web NOTIFY watchdog-paused by watchdog-paused, #1; web confirming -> failed',
      '30s row 3,6: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('without a record, what crashed at some time is off', () => {
    const transcript = [
      '0s restart forgetful: 0 guests remembered',
      '1s host sighted:',
      '1s row 5,3: gone -> stopped',
      '30s row 5,3: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('without a record, what is broken at this moment is reported', () => {
    const transcript = [
      '0s restart forgetful: 0 guests remembered',
      '1s host sighted:',
      '1s profile: gone -> unknown',
      '1s row 3,5: unknown -> failed; NOTIFY io-error by found-ioerror, #1',
      '2s restart: 1 guests remembered',
      '3s row 3,5: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('without a record, a guest found panicked is reported', () => {
    const transcript = [
      '0s restart forgetful: 0 guests remembered',
      '1s host sighted:',
      '1s profile on_crash=preserve: gone -> unknown',
      '1s row 6,1: unknown -> failed; NOTIFY panicked by found-panicked, #1',
      '30s row 6,1: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a death between registering for events and listing is not lost', () => {
    const transcript = [
      '0s restart forgetful: 0 guests remembered',
      '0.1s 0(5,5): gone -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '0.2s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('nothing counts before the new monitor has looked', () => {
    const transcript = [
      '0s restart: 1 guests remembered',
      '6s ping no-answer: alive -> alive',
      '36s ping no-answer: alive -> alive',
      '66s ping no-answer: alive -> alive',
      '70s host sighted:',
      '71s ping ok: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that was resumed before it and hangs after it is found', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '1s 0(4,0): suspended -> unproven; ask',
      '2s restart: 1 guests remembered',
      '3s host sighted:',
      '3s row 1,1: unproven -> unproven',
      '130s ping no-answer: unproven -> suspect',
      '160s ping no-answer: suspect -> suspect',
      '190s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a host that was suspect is suspect still', () => {
    const transcript = [
      '5s g1..g4 ping no-answer:; g1 g2 g3 g4 alive -> suspect',
      '35s g1..g4 ping no-answer:',
      '65s g1..g4 ping no-answer:; g1 g2 g3 g4 suspect -> confirming; host suspect (4 of 4 silent, held g1); g1 g2 g3 g4 confirming -> held',
      '66s g1..g2 0(5,1):; g1 g2 held -> stopped',
      '70s restart: 4 guests remembered',
      '71s host sighted:',
      '71s g3..g4 row 1,1:',
      '76s g3..g4 ping no-answer:',
      '106s g3..g4 ping no-answer:',
      '136s g3..g4 ping no-answer:; g3 g4 suspect -> confirming; g3 g4 confirming -> held',
      '140s g3..g4 ping ok:; g3 held -> alive; host trusted again (1 of 2 silent, held g4); g4 held -> suspect; g4 ask; g4 suspect -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g4 profile', '-20 g1..g4 row 1,1', '-10 g1..g4 ping ok'] }),
    ).toEqual(transcript);
  });
});
