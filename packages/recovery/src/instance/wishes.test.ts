import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

const some = { policy: { processAllInstances: false } };
const hung = { payload: { fault: 'heartbeat-lost' as const } };

describe('an instance that is not marked for recovery', () => {
  it('is ignored, with the key to set', () => {
    expect(last(story(some, '0 begun', '0 looked stopped unmarked'))).toBe(
      '0 looked stopped unmarked: looking -> ending; ignored by not-marked: its metadata does not say HA_Enabled, and process_all_instances is off',
    );
    expect(last(story(some, '0 begun', '0 looked stopped HA_Enabled=maybe'))).toContain(
      'ignored by not-marked: its metadata says HA_Enabled = "maybe", which is not true',
    );
  });

  it.each([
    ['it is marked', some, 'stopped HA_Enabled=True'],
    ['all are recovered', {}, 'stopped unmarked'],
    ['there is no metadata: libvirt alone has none', some, 'stopped'],
  ])('is recovered when %s', (_why, told, seen) => {
    expect(last(story(told, '0 begun', `0 looked ${seen}`))).toContain('ask the budget');
  });

  it('is started again when its mark was taken away between our stop and our start', () => {
    const lines = story(
      { ...some, ...hung },
      '0 begun',
      '0 looked running 7 HA_Enabled=yes',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop 7',
      '1 taken-over',
      '1 looked stopped by-operator unmarked',
    );
    expect(last(lines)).toContain('acting; start life 7 without fail');
  });

  it('is left to its own reason first: somebody stopped it', () => {
    expect(last(story(some, '0 begun', '0 looked stopped by-operator unmarked'))).toContain(
      'ignored by stopped-by-operator',
    );
  });
});

describe('an instance that its owner holds', () => {
  const held = '0 looked stopped HA_Hold_Until=2026-11-26T12:05:00Z';

  it('is not touched before, and looked at again when the hold is over', () => {
    const lines = story(
      {},
      '0 begun',
      held,
      '0 ended',
      '300 begun',
      '300 looked stopped HA_Hold_Until=2026-11-26T12:05:00Z',
      '300 budget',
      '300 heartbeat not-yet',
      '300 act-begun start 7',
      '301 act-ended start done',
      '301 looked running 8 HA_Hold_Until=2026-11-26T12:05:00Z',
      '305 heartbeat heard',
    );
    expect(lines[1]).toBe(
      `${held}: looking -> ending; error by held-by-owner: its owner holds it until 2026-11-26T12:05:00Z: not touched`,
    );
    expect(lines[4]).toContain('ask the budget');
    expect(last(lines)).toContain(
      "finished by verified: restarted, and heard again; its owner's hold ended at 2026-11-26T12:05:00Z",
    );
  });

  it('is asked for at least every ten minutes: a hold may be lifted', () => {
    const lines = story(
      {},
      '0 begun',
      '0 looked stopped HA_Hold_Until=2026-11-26T22:00:00Z',
      '0 ended',
      '600 begun',
      '600 looked stopped HA_Enabled=yes',
    );
    expect(last(lines)).toContain('ask the budget');
  });

  it('waits as often as it must: such a round counts for nothing', () => {
    const rounds = Array.from({ length: 9 }, (_, n) => [
      `${n * 600} begun`,
      `${n * 600} looked stopped HA_Hold_Until=2026-11-26T22:00:00Z`,
      `${n * 600} ended`,
    ]).flat();
    const lines = story({}, ...rounds, '5400 begun', '5400 looked could-not-look', '5402 tick');
    expect(last(lines)).toContain('looking; look');
  });

  it('for longer than its notification lives is ignored at once', () => {
    const lines = story({}, '0 begun', '0 looked stopped HA_Hold_Until=2027-01-01T00:00:00Z');
    expect(last(lines)).toContain(
      'ignored by held-by-owner: its owner holds it until 2027-01-01T00:00:00Z, and its notification lives for 1 d: not touched',
    );
  });

  it('is recovered, and told of it, when what was written is no instant', () => {
    const lines = story(
      { payload: { hadHeartbeat: false } },
      '0 begun',
      '0 looked stopped HA_Hold_Until=tomorrow',
      '0 budget',
      '0 act-begun start 7',
      '1 act-ended start done',
      '1 looked running 8 HA_Hold_Until=tomorrow',
    );
    expect(last(lines)).toContain('finished by verified-running');
    expect(last(lines)).toContain('; HA_Hold_Until = "tomorrow" held nothing: expected an instant');
  });

  it('is started again when the hold came between our stop and our start', () => {
    const lines = story(
      hung,
      '0 begun',
      '0 looked running 7',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop 7',
      '1 taken-over',
      '1 looked stopped by-operator HA_Hold_Until=2026-11-26T22:00:00Z',
    );
    expect(last(lines)).toContain('acting; start life 7 without fail');
  });

  it('is not hard rebooted after the restart', () => {
    const lines = story(
      { ...hung, policy: { heartbeatWaitMs: 300_000 } },
      '0 begun',
      '0 looked running 7',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop 7',
      '1 act-ended stop done',
      '1 act-begun start 7',
      '2 act-ended start done',
      '2 looked running 8',
      '302 heartbeat not-yet',
      '302 looked running 8 HA_Hold_Until=2026-11-26T22:00:00Z',
    );
    expect(last(lines)).toContain('error by held-by-owner');
  });
});

describe('how it was before the first act', () => {
  const acted = [
    '0 begun',
    '0 looked running 7',
    '0 budget',
    '0 heartbeat not-yet',
    '0 act-begun stop 7',
    '1 act-ended stop done',
    '1 act-begun start 7',
  ];

  it('is remembered: an ERROR that our start led to is recovered, by the next worker too', () => {
    const lines = story(hung, ...acted, '2 act-ended start failed', '9 taken-over', '9 looked error 7');
    expect(last(lines)).toContain('start life 7');
    const unfiled = story(
      hung,
      ...acted,
      '2 act-ended start done',
      '2 looked running 8',
      '30 tick',
      '30 looked error 8',
      '40 further none',
      '40 taken-over',
      '40 looked error 8',
    );
    expect(last(unfiled)).toContain('ask the budget');
  });

  it('is respected: one that was stopped before it went into ERROR stays off, whatever the option says', () => {
    const policy = { recoverIgnoringErrorInstances: true };
    expect(last(story({ policy }, '0 begun', '0 looked error by-operator'))).toContain(
      'ignored by stopped-by-operator: somebody stopped it before it went into ERROR',
    );
  });

  it('stays: one that its owner stops between two rounds is not started', () => {
    const lines = story(
      hung,
      '0 begun',
      '0 looked could-not-look',
      '2 tick',
      '2 looked could-not-look',
      '6 tick',
      '6 looked could-not-look',
      '6 ended',
      '60 begun',
      '60 looked stopped by-operator',
    );
    expect(last(lines)).toContain('ignored by stopped-by-operator');
  });
});
