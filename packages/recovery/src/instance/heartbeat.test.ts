import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

const hung = { payload: { fault: 'heartbeat-lost' as const } };
const beforeActing = ['0 begun', '0 looked running 7', '0 budget'];
const restarted = [
  ...beforeActing,
  '0 heartbeat not-yet',
  '0 act-begun stop 7',
  '1 act-ended stop done',
  '1 act-begun start 7',
  '2 act-ended start done',
  '2 looked running 8',
];

describe('a guest that answers again before anything is done', () => {
  it('is not restarted', () => {
    expect(last(story(hung, ...beforeActing, '0 heartbeat heard'))).toBe(
      '0 heartbeat heard: listening -> ending; finished by came-back: came back by itself: heard again, and not restarted',
    );
  });
});

describe('a guest that nobody listens to', () => {
  it('is not restarted on old evidence while it runs', () => {
    expect(
      story(hung, ...beforeActing, '0 heartbeat nobody-listens', '120 heartbeat nobody-listens').slice(3),
    ).toEqual([
      '0 heartbeat nobody-listens: listening -> listening; hear it by 120s',
      '120 heartbeat nobody-listens: listening -> ending; error by nobody-listens: not restarted, but the heartbeat could not be checked: the monitor is away; tried again in 8 s',
    ]);
  });

  it('is looked at anew when its monitor is back', () => {
    const lines = story(hung, ...beforeActing, '0 heartbeat nobody-listens', '40 heartbeat not-yet');
    expect(last(lines)).toBe('40 heartbeat not-yet: listening -> looking; look');
  });

  it('is restarted all the same when it is down: that needs no listener', () => {
    const lines = story({}, '0 begun', '0 looked stopped', '0 budget', '0 heartbeat nobody-listens');
    expect(last(lines)).toContain('acting; start');
  });

  it('is never restarted a second time for it', () => {
    const deaf = ['10 heartbeat nobody-listens', '130 heartbeat nobody-listens', '130 ended'];
    const lines = story(
      hung,
      ...restarted,
      ...deaf,
      '140 begun',
      '140 looked running 8',
      '150 heartbeat heard',
    );
    expect(lines.slice(9)).toEqual([
      '10 heartbeat nobody-listens: listening -> listening; hear it by 130s',
      '130 heartbeat nobody-listens: listening -> ending; error by nobody-listens: restarted, but the heartbeat could not be checked: the monitor is away; tried again in 8 s',
      '130 ended: ending -> ended',
      '140 begun: ended -> looking; look',
      '140 looked running 8: looking -> listening; hear it by 440s',
      '150 heartbeat heard: listening -> ending; finished by verified: restarted, and heard again',
    ]);
  });

  it('has the time of the silence of its monitor added to its own', () => {
    const lines = story(
      hung,
      ...restarted,
      '102 heartbeat nobody-listens',
      '162 heartbeat not-yet',
      '262 heartbeat nobody-listens',
      '300 heartbeat not-yet',
    );
    expect(lines.slice(9)).toEqual([
      '102 heartbeat nobody-listens: listening -> listening; hear it by 222s',
      '162 heartbeat not-yet: listening -> listening; hear it by 362s',
      '262 heartbeat nobody-listens: listening -> listening; hear it by 322s',
      '300 heartbeat not-yet: listening -> listening; hear it by 400s',
    ]);
  });
});

describe('a monitor whose silence is learnt late', () => {
  it('has listened only until it fell silent', () => {
    const lines = story(hung, ...restarted, '202 heartbeat nobody-listens 90', '232 heartbeat not-yet');
    expect(lines.slice(9)).toEqual([
      // Silent for 90 s of the 120 s that are borne; 110 s of the 300 s were listened to.
      '202 heartbeat nobody-listens 90: listening -> listening; hear it by 232s',
      '232 heartbeat not-yet: listening -> listening; hear it by 422s',
    ]);
  });
});

describe('observe mode', () => {
  const observing = { ...hung, policy: { mode: 'observe' as const } };

  it.each([
    ['running 7', 'observe mode: would have stopped and started it: it stopped answering, and it is running'],
    ['stopped', 'observe mode: would have started it'],
  ])('says what it would have done with a guest that is %s', (seen, expected) => {
    const lines = story(observing, '0 begun', `0 looked ${seen}`, '0 budget', '0 heartbeat not-yet');
    expect(last(lines)).toContain(`ignored by observe-mode: ${expected}`);
  });

  it('tells of a guest that came back by itself, and of one over budget, as act mode would', () => {
    expect(last(story(observing, ...beforeActing, '0 heartbeat heard'))).toContain('finished by came-back');
    expect(last(story(observing, ...beforeActing.slice(0, 2), '0 budget 1 2 3'))).toContain(
      'failed by restart-budget',
    );
  });
});

describe('a pause', () => {
  it('holds an act, and the world is looked at anew when it is over', () => {
    expect(story(hung, ...beforeActing, '0 heartbeat not-yet', '0 paused 600', '600 tick').slice(3)).toEqual([
      '0 heartbeat not-yet: listening -> acting; stop life 7',
      '0 paused 600: acting -> waiting; wait until 600s (pause)',
      '600 tick: waiting -> looking; look',
    ]);
  });
});

describe('a guest of which a further notification comes while it is awaited', () => {
  it('is looked at, and left to that notification when it failed again', () => {
    const lines = story(hung, ...restarted, '30 tick', '30 looked crashed', '30 further filed');
    expect(last(lines)).toContain('failed by failed-again');
  });

  it('is awaited no longer than before when it still runs', () => {
    expect(story(hung, ...restarted, '102 tick', '102 looked running 8').slice(9)).toEqual([
      '102 tick: listening -> looking; look',
      '102 looked running 8: looking -> listening; hear it by 302s',
    ]);
  });
});
