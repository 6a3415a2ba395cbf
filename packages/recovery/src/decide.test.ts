import { describe, expect, it } from 'vitest';
import { payload, policy, subject } from '../testing/story.ts';
import {
  decide,
  fold,
  initialRecovery,
  isMidRestart,
  parseRecoveryEvents,
  type RecoveryEvent,
} from './index.ts';

describe('a notification without a workflow', () => {
  it.each([{ type: 'COMPUTE_PROCESS', event: 'STOPPED', processName: 'nova-compute' }] as const)(
    '$type is ignored, and says so',
    notification => {
      const begun: RecoveryEvent = {
        type: 'begun',
        atMs: 0,
        subject: { ...subject(), payload: notification },
        policy,
      };
      const { state, effects } = decide(policy, initialRecovery, begun);
      const end = {
        status: 'ignored',
        rule: 'no-workflow',
        reason: `there is no recovery for ${notification.type} notifications`,
      };
      expect(effects).toEqual([{ type: 'end', end }]);
      expect(decide(policy, state, { type: 'ended', atMs: 1, ...end } as RecoveryEvent).state.phase).toBe(
        'ended',
      );
    },
  );
});

describe('a journal', () => {
  const begun: RecoveryEvent = { type: 'begun', atMs: 0, subject: subject(), policy };
  const stop: RecoveryEvent = { type: 'act-begun', atMs: 1, act: 'stop', life: '7', attempt: 1 };

  it('is read as it was written, and what is not understood is named', () => {
    const entries = [
      { event: begun },
      { event: { type: 'evacuated', atMs: 1 } },
      { event: { ...stop, later: 1 } },
    ];
    const { events, unknown } = parseRecoveryEvents(JSON.parse(JSON.stringify(entries)));
    expect(events).toEqual([begun, stop]);
    expect(unknown).toEqual([expect.stringContaining('journal entry 2')]);
  });

  it('keeps what was done, whatever policy it is folded under', () => {
    const observing = { ...policy, mode: 'observe' as const };
    const state = fold(observing, [begun, stop]);
    expect(state).toMatchObject({ phase: 'acting', facts: { progress: { made: 'stop-begun', life: '7' } } });
    expect(isMidRestart(state)).toBe(true);
  });

  it('ends with an end that nothing follows', () => {
    const ended: RecoveryEvent = {
      type: 'ended',
      atMs: 1,
      status: 'finished',
      rule: 'verified',
      reason: 'ok',
    };
    const state = fold(policy, [begun, ended]);
    for (const event of [begun, stop, { type: 'taken-over', atMs: 9, worker: 'w' } as const])
      expect(decide(policy, state, event)).toEqual({ state, effects: [] });
  });

  it('holds the payload of the notification, so that it can be replayed alone', () => {
    expect(parseRecoveryEvents([{ event: begun }]).events[0]).toMatchObject({ subject: { payload } });
  });
});
