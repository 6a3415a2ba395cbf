import { describe, expect, it } from 'vitest';
import { retold } from './testing/story.ts';

/** Verdicts that rest on silence are held while too many guests of the host are silent together; certain failures pass. */
describe('the gate over all guests of a host', () => {
  it('8 of 10 guests silent together are held, and nothing is reported when they return', () => {
    const transcript = [
      '5s g1..g4 ping no-answer:; g1 g2 g3 g4 alive -> suspect',
      '10s g5..g8 ping no-answer:; g5 g6 g7 g8 alive -> suspect',
      '10s g9..g10 ping ok:',
      '35s g1..g4 ping no-answer:',
      '40s g5..g8 ping no-answer:',
      '40s g9..g10 ping ok:',
      '65s g1..g4 ping no-answer:; g1 g2 g3 g4 suspect -> confirming; host suspect (8 of 10 silent, held g1); g1 g2 g3 g4 confirming -> held',
      '70s g5..g8 ping no-answer:; g5 g6 g7 g8 suspect -> confirming; g5 g6 g7 g8 confirming -> held',
      '70s g9..g10 ping ok:',
      '100s g1..g8 ping no-answer:',
      '130s g1..g8 ping ok:; g1 g2 g3 g4 held -> alive; host trusted again (4 of 10 silent, held g5 g6 g7 g8); g5 g6 g7 g8 held -> suspect; g5 g6 g7 g8 ask; g5 g6 g7 g8 suspect -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('when the host is trusted again, what was silent meanwhile is no evidence: the misses count anew', () => {
    const transcript = [
      '5s g1..g8 ping no-answer:; g1 g2 g3 g4 g5 g6 g7 g8 alive -> suspect',
      '35s g1..g8 ping no-answer:',
      '65s g1..g8 ping no-answer:; g1 g2 g3 g4 g5 g6 g7 g8 suspect -> confirming; host suspect (8 of 10 silent, held g1); g1 g2 g3 g4 g5 g6 g7 g8 confirming -> held',
      '66s g9..g10 ping ok:',
      '95s g1..g4 ping ok:; g1 g2 g3 g4 held -> alive; host trusted again (4 of 10 silent, held g5 g6 g7 g8); g5 g6 g7 g8 held -> suspect; g5 g6 g7 g8 ask',
      '96s g5..g8 ping no-answer:',
      '126s g5..g8 ping no-answer:',
      '130s g6..g8 ping ok:; g6 g7 g8 suspect -> alive',
      '131s g1..g4 ping ok:',
      '131s g9..g10 ping ok:',
      '156s g5 ping no-answer:',
      '186s g5 ping no-answer:; g5 suspect -> confirming; g5 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g5 confirming -> failed',
      '190s g1..g10 ping ok:; g5 heard again after #1; g5 failed -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('pings go four at a time: the first to reach the limit waits until its neighbours were asked', () => {
    const transcript = [
      '5s g1..g4 ping no-answer:; g1 g2 g3 g4 alive -> confirming; g2 g3 g4 g5 g6 g7 g8 g9 g10 ask',
      '10s g5..g8 ping no-answer:; g5 g6 g7 g8 alive -> confirming; host suspect (5 of 10 silent, held g1 g2 g3 g4 g5); g1 g2 g3 g4 g5 g6 g7 g8 confirming -> held',
      '10.1s g9..g10 ping ok:',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'],
        policy: { failureThreshold: 1 },
      }),
    ).toEqual(transcript);
  });

  it('alone in its silence it is reported when the last neighbour has answered', () => {
    const transcript = [
      '5s g1 ping no-answer:; g1 alive -> confirming; g2 g3 g4 g5 g6 g7 g8 g9 g10 ask',
      '5.1s g2..g9 ping ok:',
      '5.2s g10 ping ok:; g1 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g1 confirming -> failed',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'],
        policy: { failureThreshold: 1 },
      }),
    ).toEqual(transcript);
  });

  it('one guest alone on its host waits for nobody', () => {
    const transcript = [
      '5s g1 ping no-answer:; g1 alive -> confirming; g1 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g1 confirming -> failed',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g1 profile', '-20 g1..g1 row 1,1', '-10 g1..g1 ping ok'],
        policy: { failureThreshold: 1 },
      }),
    ).toEqual(transcript);
  });

  it('a neighbour that cannot be asked delays the verdict only so long', () => {
    const transcript = [
      '5s g1 ping no-answer:; g1 alive -> confirming; g2 ask',
      '155s tick:; g1 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g1 confirming -> failed',
      '200s g2 ping could-not-look:',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g2 profile', '-20 g1..g2 row 1,1', '-10 g1..g2 ping ok'],
        policy: { failureThreshold: 1 },
      }),
    ).toEqual(transcript);
  });

  it('an answer while the neighbours are asked ends it', () => {
    const transcript = [
      '5s g1 ping no-answer:; g1 alive -> confirming; g2 ask',
      '6s g1 ping ok:; g1 confirming -> alive',
      '6.1s g2 ping ok:',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g2 profile', '-20 g1..g2 row 1,1', '-10 g1..g2 ping ok'],
        policy: { failureThreshold: 1 },
      }),
    ).toEqual(transcript);
  });

  it('two guests of two are too few for a crowd', () => {
    const transcript = [
      '5s g1..g2 ping no-answer:; g1 g2 alive -> suspect',
      '35s g1..g2 ping no-answer:',
      '65s g1..g2 ping no-answer:; g1 g2 suspect -> confirming; g1 g2 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g1 g2 confirming -> failed',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g2 profile', '-20 g1..g2 row 1,1', '-10 g1..g2 ping ok'] }),
    ).toEqual(transcript);
  });

  it('certain failures pass, also of a held guest', () => {
    const transcript = [
      '5s g1..g4 ping no-answer:; g1 g2 g3 g4 alive -> suspect',
      '35s g1..g4 ping no-answer:',
      '65s g1..g4 ping no-answer:; g1 g2 g3 g4 suspect -> confirming; host suspect (4 of 4 silent, held g1); g1 g2 g3 g4 confirming -> held',
      '66s g1 0(5,5):; g1 NOTIFY qemu-failed by stopped-failed, #1; g1 held -> failed',
      '67s g2 0(8,0):; g2 NOTIFY panicked by crashed-panicked, #1; g2 held -> failed',
      '97s g3..g4 ping no-answer:',
      '130s g3 ping ok:; g3 held -> alive; host trusted again (1 of 2 silent, held g4); g4 held -> suspect; g4 ask',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g4 profile', '-20 g1..g4 row 1,1', '-10 g1..g4 ping ok'] }),
    ).toEqual(transcript);
  });

  it('a hiccup of all guests alarms nobody', () => {
    const transcript = [
      '5s g1..g10 ping no-answer:; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 alive -> suspect',
      '35s g1..g10 ping no-answer:',
      '60s g1..g10 ping ok:; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 suspect -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('agents that all go away together are a crowd too', () => {
    const transcript = [
      '0s g1..g10 18(2,2):; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 alive -> confirming',
      '60s tick:; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 confirming -> suspect; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 ask',
      '65s g1..g10 ping not-connected:',
      '95s g1..g10 ping not-connected:',
      '125s g1..g10 ping not-connected:; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 suspect -> confirming; host suspect (10 of 10 silent, held g1); g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 confirming -> held',
      '130s g1..g10 18(1,2):; g1 g2 g3 g4 g5 g6 g7 g8 g9 g10 ask',
      '130.1s g1..g10 ping ok:; g1 g2 g3 g4 g5 g6 held -> alive; host trusted again (4 of 10 silent, held g7 g8 g9 g10); g7 g8 g9 g10 held -> suspect; g7 g8 g9 g10 ask; g7 g8 g9 g10 suspect -> alive',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'] }),
    ).toEqual(transcript);
  });

  it('guests that failed one after the other, long ago, are no crowd', () => {
    const transcript = [
      '5s g1 ping no-answer:; g1 alive -> suspect',
      '35s g1 ping no-answer:',
      '64s g2..g5 ping ok:',
      '65s g1 ping no-answer:; g1 suspect -> confirming; g1 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g1 confirming -> failed',
      '105s g2 ping no-answer:; g2 alive -> suspect',
      '135s g2 ping no-answer:',
      '164s g3..g5 ping ok:',
      '165s g2 ping no-answer:; g2 suspect -> confirming; g2 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g2 confirming -> failed',
      '505s g3 ping no-answer:; g3 alive -> suspect',
      '535s g3 ping no-answer:',
      '564s g4..g5 ping ok:',
      '565s g3 ping no-answer:; g3 suspect -> confirming; g3 NOTIFY heartbeat-lost by misses-reached-threshold, #1; g3 confirming -> failed',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g5 profile', '-20 g1..g5 row 1,1', '-10 g1..g5 ping ok'] }),
    ).toEqual(transcript);
  });

  it('a frozen guest is judged by the second sign with its neighbours asked at once', () => {
    const transcript = [
      '0s g1..g3 row 1,1 cpu=700:',
      '5s g1 ping no-answer:; g1 alive -> suspect',
      '5.2s g1 row 1,1 cpu=700:; g1 suspect -> confirming; g2 g3 ask',
      '5.2s g2..g3 row 1,1 cpu=900:',
      '5.3s g2..g3 ping ok:; g1 NOTIFY heartbeat-lost by silent-and-cpu-stalled, #1; g1 confirming -> failed',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g3 profile', '-20 g1..g3 row 1,1', '-10 g1..g3 ping ok'],
        policy: { failureThreshold: 2 },
      }),
    ).toEqual(transcript);
  });

  it('blindness empties the hall: held guests start anew', () => {
    const transcript = [
      '5s g1..g4 ping no-answer:; g1 g2 g3 g4 alive -> suspect',
      '35s g1..g4 ping no-answer:',
      '65s g1..g4 ping no-answer:; g1 g2 g3 g4 suspect -> confirming; host suspect (4 of 4 silent, held g1); g1 g2 g3 g4 confirming -> held',
      '70s host blind:; g1 g2 g3 g4 held -> suspect',
      '90s host sighted:',
      '90s g1..g4 row 1,1:',
      '95s g1..g4 ping ok:; g1 g2 g3 g4 suspect -> alive; host trusted again (1 of 4 silent)',
    ];
    expect(
      retold(transcript, { before: ['-20 g1..g4 profile', '-20 g1..g4 row 1,1', '-10 g1..g4 ping ok'] }),
    ).toEqual(transcript);
  });

  it('agents still in their grace are silent too', () => {
    const transcript = [
      '0s g1 18(2,2):; g1 alive -> confirming',
      '5s g2..g10 18(2,2):; g2 g3 g4 g5 g6 g7 g8 g9 g10 alive -> confirming',
      '30s g2..g10 ping not-connected:',
      '60s tick:; g1 confirming -> suspect; g1 ask',
      '61s g1 ping not-connected:; g1 suspect -> confirming; host suspect (10 of 10 silent, held g1); g1 confirming -> held',
      '62s g2..g10 ping not-connected:',
    ];
    expect(
      retold(transcript, {
        before: ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'],
        policy: { failureThreshold: 1 },
      }),
    ).toEqual(transcript);
  });
});
