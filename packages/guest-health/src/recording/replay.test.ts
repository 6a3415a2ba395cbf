import { describe, expect, it } from 'vitest';
import { defaultGatePolicy, defaultGuestPolicy, type GuestPolicy } from '../policy.ts';
import { Story, zeroWallMs } from '../testing/story.ts';
import { readRecording } from './read-recording.ts';
import { recordingLimits } from './recorder.ts';
import type { Recording } from './recording.ts';
import { replay } from './replay.ts';

const manyFound = ['-20 g1..g10 profile', '-20 g1..g10 row 1,1', '-10 g1..g10 ping ok'];
const overTheWire = (recording: Recording): Recording => {
  const read = readRecording(JSON.parse(JSON.stringify(recording)));
  if (typeof read === 'string') throw new Error(read);
  return read;
};
const by = (policy: Partial<GuestPolicy> = {}) => ({
  guest: { ...defaultGuestPolicy, ...policy },
  gate: defaultGatePolicy,
});

/** What was filed, what its recording tells by the same thresholds, and by others. */
function retold(
  script: readonly string[],
  { before, others = {} }: { before?: readonly string[]; others?: Partial<GuestPolicy> } = {},
) {
  const story = new Story(before ? { before } : {});
  story.play(...script);
  const recording = overTheWire(story.recorder.cut(story.state, zeroWallMs + 3_600_000));
  const words = (list: readonly { fault: string; rule: string }[]) =>
    list.map(({ fault, rule }) => `${fault} by ${rule}`);
  return {
    recording,
    filed: words(
      story.effects.flatMap(effect =>
        effect.type === 'notify' ? [{ fault: effect.fault, rule: effect.evidence.rule }] : [],
      ),
    ),
    same: words(replay(by(), [recording])),
    other: words(replay(by(others), [recording])),
  };
}

const threeMisses = ['30 ping no-answer', '60 ping no-answer', '90 ping no-answer', '120 ping ok'];
const lost = 'heartbeat-lost by misses-reached-threshold';

describe('the recording of a monitor', () => {
  it('tells by its own thresholds what was filed, and by others what would have been', () => {
    expect(retold(threeMisses, { others: { failureThreshold: 4 } })).toMatchObject({
      filed: [lost],
      same: [lost],
      other: [],
    });
    const two = ['30 ping no-answer', '60 ping no-answer', '90 ping ok'];
    expect(retold(two, { others: { failureThreshold: 2 } })).toMatchObject({
      filed: [],
      same: [],
      other: [lost],
    });
  });

  it.each([
    ['a crash', ['5 0(8,0)', '5.1 0(5,5)']],
    ['an operator who stops it', ['5 0(5,1)', '6 row 5,2']],
    [
      'a hang seen by its CPU as well',
      [
        '29 row 1,1 cpu=900',
        '30 ping no-answer',
        '31 row 1,1 cpu=900',
        '60 ping no-answer',
        '61 row 1,1 cpu=900',
        '70 row 1,1 cpu=900',
      ],
    ],
    [
      'a monitor that was blind',
      [
        '30 ping no-answer',
        '40 host blind',
        '50 row 1,1',
        '60 ping no-answer',
        '90 ping no-answer',
        '120 ping no-answer',
      ],
    ],
  ])('tells the same of %s', (_what, script) => {
    const { filed, same } = retold(script);
    expect(same).toEqual(filed);
  });

  it('keeps the share of the neighbours that it does not tell of', () => {
    const script = [
      '5 g1..g4 ping no-answer',
      '35 g1..g4 ping no-answer',
      '65 g1..g4 ping no-answer',
      '66 g5..g10 ping ok',
    ];
    const { recording, filed, same } = retold(script, { before: manyFound });
    expect(recording.guests).toHaveLength(10);
    expect(filed).toHaveLength(4);
    expect(same).toEqual(filed);
    const many = [
      '5 g1..g8 ping no-answer',
      '35 g1..g8 ping no-answer',
      '65 g1..g8 ping no-answer',
      '300 g1..g8 ping ok',
    ];
    expect(retold(many, { before: manyFound })).toMatchObject({ filed: [], same: [] });
  });

  it('is nearly nothing of a quiet host, and says what it left out of a loud one', () => {
    const quiet = retold(['30 ping ok', '31 row 1,1', '60 ping ok', '61 row 1,1 cpu=900']);
    expect(quiet.recording).toMatchObject({ guests: [], signals: [], dropped: 0, heard: 1 });
    const loud = retold(['30 1 ×2500']);
    expect(loud.recording.signals).toHaveLength(recordingLimits.signals);
    expect(loud.recording.dropped).toBe(500);
  });

  it('never holds more than may be sent, though a row of before counts after all', () => {
    const story = new Story();
    story.play('30 1 ×1999', '60 row 1,1 cpu=900', '61 1');
    const recording = story.recorder.cut(story.state, zeroWallMs + 70_000);
    expect(overTheWire(recording)).toEqual(recording);
    expect(recording.dropped).toBe(1);
  });

  it('goes over a seam, and begins anew after a gap', () => {
    const story = new Story();
    story.play('30 ping no-answer', '60 ping no-answer');
    const first = overTheWire(story.recorder.cut(story.state, zeroWallMs + 70_000));
    story.play('90 ping no-answer', '120 ping ok');
    const second = overTheWire(story.recorder.cut(story.state, zeroWallMs + 130_000));
    expect(replay(by(), [first, second])).toHaveLength(1);
    const late = { ...second, fromAt: second.fromAt + 10_000 };
    expect(replay(by(), [first, late])).toEqual([]); // Two of the three misses were seen by a monitor that is forgotten.
  });
});

describe('what was sent as a recording', () => {
  const sound = retold(threeMisses).recording;
  it.each([
    ['nothing', null, /must be an object/],
    [
      'a signal of no kind',
      { ...sound, signals: [{ type: 'rumour', of: null, atMs: 1 }] },
      /signals\[0\]\.type/,
    ],
    ['too many guests', { ...sound, guests: Array.from({ length: 501 }, () => ({})) }, /at most 500/],
    ['an end before its beginning', { ...sound, toAt: sound.fromAt - 1 }, /must not be before/],
    [
      'signals of another day',
      { ...sound, signals: sound.signals.map(one => ({ ...one, atMs: one.atMs - 86_400_000 })) },
      /must lie between/,
    ],
    [
      'CPU time that is no number',
      {
        ...sound,
        signals: [
          {
            type: 'state',
            of: 'a',
            atMs: sound.fromAt,
            state: 'running',
            reason: 'booted',
            domainId: 1,
            cpuTimeNs: '1e9',
          },
        ],
      },
      /digits/,
    ],
  ])('is refused when it is %s', (_what, value, message) => {
    expect(readRecording(value)).toMatch(message);
  });

  it('counts for nothing where a guest in it cannot be read', () => {
    const damaged = { ...sound, guests: [{ instanceUuid: 7 }] as never };
    expect(() => replay(by(), [damaged])).not.toThrow();
  });
});
