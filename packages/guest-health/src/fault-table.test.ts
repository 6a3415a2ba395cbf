import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/**
 * Every fault measured on real guests (libvirt 9.0, QEMU 7.2): the events it sends, in their order and at the times
 * seen, and what must be concluded. Each line is one event and what followed from it, in the notation of
 * `testing/words.ts`: 0(type,detail) lifecycle, 1 reboot, 3(action) watchdog, 4 and 6 I/O error, 7 control error,
 * 18(state,reason) agent; rows of a listing are (state,reason).
 */
describe('the fault table: failures', () => {
  it('kernel panic with panic device, on_crash=destroy: FAILURE: one incident; the first suspended/paused is part of it', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '0.1s 0(8,0): suspended -> failed; NOTIFY panicked by crashed-panicked, #1',
      '1.7s 0(5,2): failed -> failed',
      '30s row 5,3: failed -> failed',
      '600s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('the same, on_crash=restart: FAILURE already handled by libvirt', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '0.1s 0(8,0): suspended -> failed; NOTIFY panicked by crashed-panicked, in the hands of libvirt, #1',
      '0.2s 1 ×2: failed -> unproven',
      '0.3s 0(4,0): unproven -> unproven',
      '0.4s 18(2,2): unproven -> unproven',
      '1s ping not-connected: unproven -> unproven',
      '3.4s 18(1,2): unproven -> unproven; ask',
      '3.5s ping ok: unproven -> alive; heard again after #1',
      '30s row 1,9: alive -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=restart', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('the same, on_crash=preserve: FAILURE; the domain still holds its resources', () => {
    const transcript = [
      '0s 0(8,0): alive -> failed; NOTIFY panicked by crashed-panicked, #1',
      '1s ping could-not-look: failed -> failed',
      '30s row 6,1: failed -> failed',
      '600s row 6,1: failed -> failed',
      '700s 0(5,1): failed -> stopped',
    ];
    expect(
      retold(transcript, { before: ['-20 profile on_crash=preserve', '-20 row 1,1', '-10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('kernel panic without panic device, panic=0: no event at all: FAILURE only by missed heartbeats', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '30s row 1,1: suspect -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
      '70s row 1,1: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action reset: FAILURE handled by QEMU; the agent comes back', () => {
    const transcript = [
      '0s 3(2): alive -> failed; NOTIFY watchdog-reset by watchdog-reset, in the hands of qemu, #1',
      '0.1s 18(2,2): failed -> failed',
      '0.2s 1 ×8: failed -> unproven',
      '4s ping not-connected: unproven -> unproven',
      '9s 18(1,2): unproven -> unproven; ask',
      '9.1s ping ok: unproven -> alive; heard again after #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action poweroff: FAILURE, one incident', () => {
    const transcript = [
      '0s 3(3): alive -> confirming',
      '1.2s 0(5,5): confirming -> failed; NOTIFY watchdog-stopped by watchdog-poweroff, #1',
      '30s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action pause: FAILURE, once it has stayed paused', () => {
    const transcript = [
      '0s 3(1): alive -> alive',
      '0s 0(3,3): alive -> confirming',
      '2s tick:; web NOTIFY watchdog-paused by watchdog-paused, #1; web confirming -> failed',
      '30s row 3,6: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action shutdown, obeyed: FAILURE: nobody else wanted it to stop', () => {
    const transcript = [
      '0s 3(4): alive -> confirming',
      '20s 18(2,2): confirming -> confirming',
      '21s 0(6,1): confirming -> confirming',
      '21s 0(5,0): confirming -> failed; NOTIFY watchdog-stopped by watchdog-shutdown, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action shutdown, then silence: FAILURE by missed heartbeats', () => {
    const transcript = [
      '0s 3(4): alive -> confirming',
      '10s ping no-answer: confirming -> suspect',
      '40s ping no-answer: suspect -> suspect',
      '70s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('disk full, default policy: one pair of events per request in flight: FAILURE of storage, one incident', () => {
    const transcript = [
      '0s 4(1): alive -> alive',
      '0s 6(1,enospc): alive -> alive',
      '0s 4(1) ×19: alive -> alive',
      '0s 6(1,enospc) ×19: alive -> alive',
      '0.3s 0(3,2): alive -> failed; NOTIFY io-error by suspended-ioerror, #1',
      '0.4s 6(1,enospc) ×5: failed -> failed',
      '30s row 3,5: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('agent killed and not coming back: AGENT LOST: a grace, then N polls', () => {
    const transcript = [
      '0s 18(2,2): alive -> confirming',
      '30s ping not-connected: confirming -> confirming',
      '60s ping not-connected: confirming -> suspect; ask',
      '90s ping not-connected: suspect -> suspect',
      '120s ping not-connected: suspect -> failed; NOTIFY agent-lost by agent-stayed-away, #1',
      '150s ping not-connected: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('agent lost without an event: AGENT LOST: the grace runs from the first poll that does not find it', () => {
    const transcript = [
      '0s ping not-connected: alive -> confirming',
      '30s ping not-connected: confirming -> confirming',
      '60s ping not-connected: confirming -> suspect; ask',
      '90s ping not-connected: suspect -> suspect',
      '120s ping not-connected: suspect -> failed; NOTIFY agent-lost by agent-stayed-away, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('fork bomb: the OOM killer took the agent, CPU time runs at 1 s/s: FAILURE after N polls (runaway guest)', () => {
    const transcript = [
      '0s 18(2,2): alive -> confirming',
      '30s row 1,1 cpu=30000: confirming -> confirming',
      '30s ping not-connected: confirming -> confirming',
      '60s row 1,1 cpu=60000: confirming -> suspect; ask',
      '60s ping not-connected: suspect -> suspect',
      '90s row 1,1 cpu=90000: suspect -> suspect',
      '90s ping not-connected: suspect -> suspect',
      '120s row 1,1 cpu=120000: suspect -> suspect',
      '120s ping not-connected: suspect -> failed; NOTIFY agent-lost by agent-stayed-away, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('fork bomb, agent immune to the OOM killer: FAILURE after N polls, the CPU time notwithstanding', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '30s row 1,1 cpu=30000: suspect -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '60s row 1,1 cpu=60000: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('agent SIGSTOP, the deterministic frozen guest: FAILURE after N polls', () => {
    const transcript = [
      '5s ping no-answer: alive -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '65s ping no-answer: suspect -> failed; NOTIFY heartbeat-lost by misses-reached-threshold, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('QEMU SIGSTOP: no event, CPU time stands still: FAILURE by the second sign, one poll earlier', () => {
    const transcript = [
      '0s row 1,1 cpu=500: alive -> alive',
      '5s ping no-answer: alive -> suspect',
      '5.3s row 1,1 cpu=500: suspect -> suspect',
      '30s row 1,1 cpu=500: suspect -> suspect',
      '35s ping no-answer: suspect -> suspect',
      '35.3s row 1,1 cpu=500: suspect -> failed; NOTIFY heartbeat-lost by silent-and-cpu-stalled, #1',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('QEMU SIGKILL, SIGSEGV, SIGABRT: FAILURE', () => {
    const transcript = [
      '0s 0(5,5): alive -> failed; NOTIFY qemu-failed by stopped-failed, #1',
      '0s ping could-not-look: failed -> failed',
      '30s row 5,3: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('suspended by an API error (by the enums, not provoked): FAILURE of the hypervisor', () => {
    const transcript = [
      '0s 0(3,6): alive -> failed; NOTIFY hypervisor-error by suspended-api-error, #1',
      '30s row 3,14: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('suspended after a failed post-copy (by the enums, not provoked): FAILURE of the hypervisor', () => {
    const transcript = [
      '0s 0(3,8): alive -> failed; NOTIFY hypervisor-error by suspended-postcopy-failed, #1',
      '30s row 3,13: failed -> failed',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });
});

describe('the fault table: no failures', () => {
  it('kernel panic without panic device, panic=3: looks exactly like a reboot', () => {
    const transcript = [
      '0s 18(2,2): alive -> confirming',
      '0.1s 1 ×40: confirming -> unproven',
      '3s ping not-connected: unproven -> unproven',
      '6s 18(1,2): unproven -> unproven; ask',
      '6.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action shutdown, ignored: suspicious, and then heard', () => {
    const transcript = [
      '0s 3(4): alive -> confirming',
      '10s ping ok: confirming -> alive',
      '40s ping ok: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action inject-nmi: warn only', () => {
    const transcript = ['0s 3(6): alive -> alive', '10s ping ok: alive -> alive'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action dump: paused for 0.2 s: warn; no verdict before it stayed paused', () => {
    const transcript = [
      '0s 3(1): alive -> alive',
      '0s 0(3,3): alive -> confirming',
      '0.2s 0(4,0): confirming -> unproven; ask',
      '0.3s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('watchdog, action none: nothing', () => {
    const transcript = ['0s 3(0): alive -> alive', '10s ping ok: alive -> alive'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('disk errors, error_policy=report: counted; no failure by itself', () => {
    const transcript = [
      '0s 4(2) ×12: alive -> alive',
      '0s 6(2) ×12: alive -> alive',
      '10s ping ok: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('agent restarted: back within the grace', () => {
    const transcript = [
      '0s 18(2,2): alive -> confirming',
      '5s ping not-connected: confirming -> confirming',
      '20s 18(1,2): confirming -> confirming; ask',
      '20.1s ping ok: confirming -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('20 CPU busy loops: the agent answers: healthy', () => {
    const transcript = [
      '0s row 1,1 cpu=1000: alive -> alive',
      '10s ping ok: alive -> alive',
      '30s row 1,1 cpu=61000: alive -> alive',
      '40s ping ok: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('virsh suspend and resume: OPERATOR: not asked until it is resumed', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '10s ping could-not-look: suspended -> suspended',
      '30s row 3,1: suspended -> suspended',
      '50s 0(4,0): suspended -> unproven; ask',
      '50.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('QEMU SIGTERM: OPERATOR or host', () => {
    const transcript = [
      '0s 0(6,2): alive -> stopped',
      '0.1s 0(5,0): stopped -> stopped',
      '30s row 5,1: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('guest poweroff; virsh shutdown: a wish', () => {
    const transcript = [
      '0s 18(2,2): alive -> confirming',
      '1s 0(6,1): confirming -> stopped',
      '1s 0(5,0): stopped -> stopped',
      '30s row 5,1: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('virsh destroy: OPERATOR (also nova stop, hard reboot, delete)', () => {
    const transcript = [
      '0s 0(6,2): alive -> stopped',
      '0s 0(5,1): stopped -> stopped',
      '30s row 5,2: stopped -> stopped',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('virsh destroy of a hung QEMU: OPERATOR', () => {
    const transcript = ['0s 0(5,1): alive -> stopped', '30s row 5,2: stopped -> stopped'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('three reboots in a row; virsh reboot; virsh reset: boot grace each time', () => {
    const transcript = [
      '0s 1 ×11: alive -> unproven',
      '0.4s 18(2,2): unproven -> unproven',
      '1s ping not-connected: unproven -> unproven',
      '5s 18(1,2): unproven -> unproven; ask',
      '5.1s ping ok: unproven -> alive',
      '20s 1 ×2: alive -> unproven',
      '25s 18(1,2): unproven -> unproven; ask',
      '25.1s ping ok: unproven -> alive',
      '40s 1 ×2: alive -> unproven',
      '45s 18(1,2): unproven -> unproven; ask',
      '45.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('managedsave and start: OPERATOR', () => {
    const transcript = [
      '0s 0(3,0): alive -> suspended',
      '1s 0(5,4): suspended -> stopped',
      '30s row 5,5: stopped -> stopped',
      '60s 18(2,1): stopped -> stopped',
      '60s 0(2,2) id=8: stopped -> unproven',
      '60s 0(4,2) id=8: unproven -> unproven',
      '60.4s 18(1,2): unproven -> unproven; ask',
      '60.5s ping ok: unproven -> alive',
      '90s row 1,3 id=8: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('live migration, source: OPERATOR: forgotten here', () => {
    const transcript = [
      '0s 0(3,1): alive -> suspended',
      '0.3s 0(5,3): suspended -> stopped',
      '1s 0(1,0): stopped -> stopped',
      '30s absent: stopped -> gone',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('live migration, target: watched, no boot grace needed', () => {
    const transcript = [
      '0s 18(2,1): gone -> unknown',
      '0s 0(2,1): unknown -> suspended',
      '0.1s 18(2,2): suspended -> suspended',
      '1.5s 0(4,1): suspended -> unproven; ask',
      '1.5s 18(1,2): unproven -> unproven; ask',
      '1.53s ping ok: unproven -> alive',
    ];
    expect(retold(transcript, { before: [] })).toEqual(transcript);
  });

  it('live migration, target, failing half-way: the guest lives at its source', () => {
    const transcript = [
      '0s 18(2,1): gone -> unknown',
      '0s 0(2,1): unknown -> suspended',
      '0.1s 18(2,2): suspended -> suspended',
      '1.5s 0(5,5): suspended -> stopped',
      '30s absent: stopped -> gone',
    ];
    expect(retold(transcript, { before: [] })).toEqual(transcript);
  });

  it('start: boot grace until the agent connects', () => {
    const transcript = [
      '0s 18(2,1): stopped -> stopped',
      '0s 0(4,0): stopped -> unproven',
      '0s 0(2,0): unproven -> unproven',
      '1s ping not-connected: unproven -> unproven',
      '4s 18(1,2): unproven -> unproven; ask',
      '4.1s ping ok: unproven -> alive',
    ];
    expect(retold(transcript, { before: ['-20 profile', '-20 row 5,1'] })).toEqual(transcript);
  });

  it('virsh inject-nmi; undefine of a running guest: nothing', () => {
    const transcript = ['0s 0(1,0): alive -> alive', '10s ping ok: alive -> alive'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('control-error: a note', () => {
    const transcript = ['0s 7: alive -> alive', '10s ping ok: alive -> alive'];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('libvirtd stopped or killed: MONITOR BLIND, never a guest failure', () => {
    const transcript = [
      '0s host blind:',
      '5s ping could-not-look: alive -> alive',
      '30s host sighted:',
      '30s row 1,1: alive -> alive',
      '31s ping ok: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('libvirtd SIGSTOP: nothing, then the connection is closed after 19 s: MONITOR BLIND', () => {
    const transcript = [
      '5s ping could-not-look: alive -> alive',
      '19s host blind:',
      '40s host sighted:',
      '40s row 1,1: alive -> alive',
      '41s ping ok: alive -> alive',
    ];
    expect(retold(transcript)).toEqual(transcript);
  });

  it('a guest without agent channel that never answers: unmonitored', () => {
    const transcript = [
      '0s ping not-configured: unmonitored -> unmonitored',
      '30s ping no-answer: unmonitored -> unmonitored',
      '60s ping no-answer: unmonitored -> unmonitored',
      '90s ping no-answer: unmonitored -> unmonitored',
      '120s ping no-answer: unmonitored -> unmonitored',
    ];
    expect(retold(transcript, { before: ['-20 profile no-channel', '-20 row 1,1'] })).toEqual(transcript);
  });
});
