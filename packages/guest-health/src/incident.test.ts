import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/** Forty events of one crash are one incident; a second real crash a minute later is another. */
describe('one incident, one notification', () => {
  it('a second crash a minute later, in the next life', () => {
    const transcript = [
      '0s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '2s 0(4,0) id=8: failed -> unproven',
      '2s 0(2,0) id=8: unproven -> unproven',
      '6s ping ok: unproven -> alive; heard again after #1',
      '60s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a second crash within seconds, in the next life: what was restarted died again', () => {
    const transcript = [
      '0s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '2s 0(4,0) id=8: failed -> unproven',
      '2s 0(2,0) id=8: unproven -> unproven',
      '3s 0(5,5): unproven -> failed; NOTIFY qemu-failed by stopped-failed, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('the watchdog resets it, and then its QEMU dies: who was bringing it back failed', () => {
    const transcript = [
      '0s 3(2): alive -> failed; NOTIFY watchdog-reset by watchdog-reset, in the hands of qemu, #1',
      '0.2s 1 ×8: failed -> unproven',
      '3s 0(5,5): unproven -> failed; NOTIFY qemu-failed by stopped-failed, #2',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('the watchdog resets it, and then its disk fails: nobody brings it back from that', () => {
    const transcript = [
      '0s 3(2): unmonitored -> failed; NOTIFY watchdog-reset by watchdog-reset, in the hands of qemu, #1',
      '0.2s 1 ×8: failed -> unmonitored',
      '1s 0(3,2): unmonitored -> failed; NOTIFY io-error by suspended-ioerror, #2',
      '1.1s 0(3,2): failed -> failed',
    ];
    expect(retold(transcript, { before: ['-20 profile no-channel', '-20 row 1,1'] })).toEqual(transcript);
  });

  it('libvirt was to restart it after its panic, and it stays as it is', () => {
    const transcript = [
      '0s 0(8,0): unmonitored -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '1s row 3,10: failed -> confirming',
      '3s row 3,10: confirming -> confirming',
      '11s tick:; web NOTIFY panicked by found-panicked, #2; web confirming -> failed',
      '30s row 3,10: failed -> failed',
    ];
    const before = ['-20 profile no-channel on_crash=restart', '-20 row 1,1'];
    expect(retold(transcript, { before })).toEqual(transcript);
  });

  it('libvirt restarts it, and a listing finds it on the way', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.1s row 6,1: failed -> confirming',
      '0.3s 1 ×2: confirming -> confirming',
      '0.4s 0(4,0): confirming -> unproven; ask',
      '4s ping ok: unproven -> alive; heard again after #1',
    ];
    const before = ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'];
    expect(retold(transcript, { before })).toEqual(transcript);
  });

  it('libvirt is slow to restart it', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '1s row 3,10: failed -> confirming',
      '5s 1 ×2: confirming -> confirming',
      '6s 0(4,0): confirming -> unproven; ask',
      '10s ping ok: unproven -> alive; heard again after #1',
    ];
    const before = ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'];
    expect(retold(transcript, { before })).toEqual(transcript);
  });

  it('libvirt writes its core, and will restart it then', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '30s row 3,10: failed -> failed',
      '90s 1 ×2: failed -> failed',
      '90.1s 0(4,0): failed -> unproven',
    ];
    const before = ['-20 profile on_crash=coredump-restart', '-20 row 1,1', '-10 ping ok'];
    expect(retold(transcript, { before })).toEqual(transcript);
  });

  it('a further panic within the window, never heard in between, is the same', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.2s 1 ×2: failed -> unproven',
      '0.3s 0(4,0): unproven -> unproven',
      '4s 0(8,0): unproven -> failed',
      '4.2s 1 ×2: failed -> unproven',
      '9s ping ok: unproven -> alive; heard again after #1',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('a panic after it was heard again is new, however soon', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.2s 1 ×2: failed -> unproven',
      '0.3s 0(4,0): unproven -> unproven',
      '4s ping ok: unproven -> alive; heard again after #1',
      '5s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #2',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('an I/O error after it was resumed and heard is new', () => {
    const transcript = [
      '0s 0(3,2): alive -> failed; NOTIFY io-error by suspended-ioerror, #1',
      '60s 0(4,0): failed -> unproven',
      '61s ping ok: unproven -> alive; heard again after #1',
      '62s 0(3,2): alive -> failed; NOTIFY io-error by suspended-ioerror, #2',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a silent guest whose QEMU dies at once after the report is the same', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
      '70s 0(5,5): failed -> failed',
      '71s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('… and long after it is new', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
      '170s 0(5,5): failed -> failed; NOTIFY qemu-failed by stopped-failed, #2',
      '171s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('it answers by itself after the report', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
      '71s ping ok: failed -> alive; heard again after #1',
      '76s ping no-answer: alive -> suspect',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('an answer to a ping sent before the crash is no sign of life', () => {
    const transcript = [
      '0s 0(3,2): alive -> failed; NOTIFY io-error by suspended-ioerror, #1',
      '0.1s ping ok took=1: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('recovery switches a hung guest off and on', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
      '70s 0(5,1): failed -> stopped',
      '71s 0(1,0): stopped -> stopped',
      '71s absent: stopped -> stopped',
      '72s absent: stopped -> stopped',
      '73s 0(0,0): stopped -> stopped',
      '74s 0(4,0) id=8: stopped -> unproven',
      '74s 0(2,0) id=8: unproven -> unproven',
      '78s 18(1,2): unproven -> unproven; ask',
      '78.1s ping ok: unproven -> alive; heard again after #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest that reboots itself without end is reported once, not at each reboot', () => {
    const transcript = [
      '0s 1 ×40: alive -> unproven',
      '20s 1 ×40: unproven -> unproven',
      '40s 1 ×40: unproven -> unproven',
      '60s 1 ×40: unproven -> unproven; NOTIFY boot-loop by reboots-in-a-row, in the hands of qemu, #1',
      '80s 1 ×40: unproven -> unproven',
      '100s 1 ×40: unproven -> unproven',
      '120s 1 ×40: unproven -> unproven',
      '140s 1 ×40: unproven -> unproven',
      '160s ping ok: unproven -> alive; heard again after #1',
    ];
    expect(retold(transcript, { policy: { bootLoopCount: 4 } })).toEqual(transcript);
  });

  it('three reboots by its owner are no loop', () => {
    const transcript = [
      '0s 1 ×11: alive -> unproven',
      '10s ping ok: unproven -> alive',
      '20s 1 ×11: alive -> unproven',
      '30s ping ok: unproven -> alive',
      '40s 1 ×11: alive -> unproven',
      '50s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('the crash of a guest that is unmonitored, unproven or suspended is seen as well', () => {
    const transcript = [
      '0s g1 profile no-channel:',
      '0s g1 row 1,1:; g1 unknown -> unmonitored',
      '0s g2 profile:',
      '0s g2 row 1,1:; g2 unknown -> unproven',
      '0s g3 profile:',
      '0s g3 row 3,1:; g3 unknown -> suspended',
      '10s g1..g3 0(5,5):; g1 g2 g3 NOTIFY qemu-failed by stopped-failed, #1; g1 unmonitored -> failed; g2 unproven -> failed; g3 suspended -> failed',
    ];
    expect(retold(transcript, { before: [] })).toEqual(transcript);
  });

  it('a guest that is off cannot fail', () => {
    const transcript = [
      '0s 0(5,0): alive -> stopped',
      '1s 0(5,5): stopped -> stopped',
      '2s row 5,3: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a panic before its definition is known: libvirt restarts it', () => {
    const transcript = [
      '0s 0(8,0): unproven -> confirming',
      '0.2s 1 ×2: confirming -> unproven; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.3s 0(4,0): unproven -> unproven',
      '4s ping ok: unproven -> alive; heard again after #1',
    ];
    expect(retold(transcript, { before: ['-20 row 1,1'] })).toEqual(transcript);
  });

  it('a panic before its definition is known: it stays as it is', () => {
    const transcript = [
      '0s 0(8,0): unproven -> confirming',
      '2s tick:; web NOTIFY panicked by crashed-panicked, #1; web confirming -> failed',
      '10s row 6,1: failed -> failed',
    ];
    expect(retold(transcript, { before: ['-20 row 1,1'] })).toEqual(transcript);
  });

  it('a crash kernel writes its dump: left alone, unless it never ends', () => {
    const transcript = [
      '0s 0(8,1): alive -> unproven',
      '30s ping no-answer: unproven -> unproven',
      '60s ping no-answer: unproven -> unproven',
      '130s ping no-answer: unproven -> suspect',
      '160s ping no-answer: suspect -> suspect',
      '190s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('… and rebooted itself', () => {
    const transcript = [
      '0s 0(8,1): alive -> unproven',
      '30s ping no-answer: unproven -> unproven',
      '60s 1 ×3: unproven -> unproven',
      '90s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a power-off by the watchdog of which nothing more is told', () => {
    const transcript = [
      '0s 3(3): alive -> confirming',
      '10s tick:; web NOTIFY watchdog-stopped by watchdog-poweroff, #1; web confirming -> failed',
      '30s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a power-off by the watchdog that libvirt tells as an orderly end', () => {
    const transcript = [
      '0s 3(3): alive -> confirming',
      '0.5s 0(6,1): confirming -> confirming',
      '0.6s 0(5,0): confirming -> failed; NOTIFY watchdog-stopped by watchdog-poweroff, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('its end is told only minutes after the panic, when the core was dumped', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, #1',
      '30s row 3,10: failed -> failed',
      '60s 0(5,2): failed -> failed',
      '90s row 5,3: failed -> failed',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=coredump-destroy', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('its end after the panic is found only by a listing', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, #1',
      '0.1s host blind:',
      '60s host sighted:',
      '60s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a panic that was reported is not found again by its traces', () => {
    const transcript = [
      '0s row 1,1: alive -> alive',
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.2s 1 ×2: failed -> unproven',
      '0.3s 0(4,0): unproven -> unproven',
      '4s ping ok: unproven -> alive; heard again after #1',
      '10s host blind:',
      '20s host sighted:',
      '20s row 1,9: alive -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('nor when a listing from before it was read after it', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.1s row 1,1: failed -> failed',
      '0.2s 1 ×2: failed -> unproven',
      '0.3s 0(4,0): unproven -> unproven',
      '4s ping ok: unproven -> alive; heard again after #1',
      '30s row 1,9: alive -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('a QEMU that has ended cannot answer', () => {
    const transcript = [
      '0s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '1s ping ok: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });
});
